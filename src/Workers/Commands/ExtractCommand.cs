using System.CommandLine;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Workers.Batch;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim extract</c>.</summary>
static class ExtractCommand
{
    public static Command Create()
    {
        var slides = SharedOptions.Slides();
        var (encoder, mpp, size, slideMpp) = (SharedOptions.Encoder(), SharedOptions.EncoderMpp(), SharedOptions.EncoderTileSize(), SharedOptions.SlideMpp());
        var (device, threads) = (SharedOptions.EncoderDevice(), SharedOptions.EncoderThreads());
        var half = new Option<bool>("--float16") { Description = "Store the features as 16-bit floats, in half the room" };
        var tissue = new TissueChoices();
        var (keepBlurred, maxUnreadable) = (SharedOptions.KeepBlurred(), SharedOptions.MaxUnreadable());
        var mppTable = SharedOptions.MppTable();
        var folder = SharedOptions.Out("Gets SLIDE.h5, patches/SLIDE_patches.h5 (TRIDENT layout), and of several slides report.json and report.csv");
        var command = new ExampleCommand("extract",
            $"Tissue, tiles and features of slides. {BatchCommand.Help}",
            "mhim extract CMU-1.svs --out features",
            "mhim extract slides/ --encoder stain-texture --target-mpp 0.5 --tile-size 256 --out features",
            "mhim extract slides/ --encoder resnet50-imagenet --float16 --out features",
            "mhim extract biopsies/ --tissue biopsy --min-tissue 0.1 --out features") { slides, encoder, mpp, size, slideMpp, mppTable, half, device, threads };
        tissue.AddTo(command);
        foreach (var option in (Option[])[keepBlurred, maxUnreadable, folder])
            command.Options.Add(option);
        command.GoesOn = true;
        command.SetAction((parsed, cancel) =>
        {
            var settings = tissue.Read(parsed, FeatureSettings.For(parsed.GetValue(encoder)!, parsed.GetValue(mpp), parsed.GetValue(size))) with
            {
                KeepBlurred = parsed.GetValue(keepBlurred),
                MaxUnreadable = parsed.GetValue(maxUnreadable),
            };
            var encoders = SharedOptions.Encoders(parsed, device, threads);
            // Before the first slide, not after the tissue of each has been found.
            FeatureExtractor.RequireFit(settings.TileSize, settings.Mpp, EncoderCatalog.Info(settings.EncoderId, encoders));
            var outDir = parsed.GetRequiredValue(folder);
            OutFolder.RequireNoFile(outDir);
            var run = new BatchCommand("extract", parsed.GetRequiredValue(slides), outDir, SharedOptions.ReadMppTable(parsed, mppTable), parsed.GetValue(slideMpp));
            var sixteen = parsed.GetValue(half);
            string Tiles(SlideSource source) => Path.Combine(outDir, "patches", source.SlideId + "_patches.h5");
            string Features(SlideSource source) => Path.Combine(outDir, source.SlideId + ".h5");
            // Opened for the first slide that needs it, and once: a model of a gigabyte is not read again for every slide.
            var opened = new Lazy<IPatchEncoder>(() => EncoderCatalog.Open(settings.EncoderId, encoders), LazyThreadSafetyMode.PublicationOnly);
            try
            {
                return Task.FromResult(run.Run((source, progress) =>
                {
                    OutputOwner.Require(source, Tiles(source), Features(source));
                    var bag = EarlierOutput.Guard(Features(source),
                        () => ExtractStep.Run(source, settings, Tiles(source), Features(source), progress, cancel, sixteen, encoders, opened));
                    return new SlideOutput(bag.Count, bag.Dim, bag.Geometry?.SlideMpp, bag.Geometry?.TileSizeLevel0, TileStep.QualityOf(Tiles(source)), bag.Ledger);
                }, cancel, prepare: (source, progress) =>
                {
                    OutputOwner.Require(source, Tiles(source), Features(source));
                    EarlierOutput.Guard(Features(source), () => ExtractStep.Prepare(source, settings, Tiles(source), Features(source), progress, cancel, sixteen, encoders));
                }));
            }
            finally
            {
                if (opened.IsValueCreated)
                    opened.Value.Dispose();
            }
        });
        return command;
    }
}
