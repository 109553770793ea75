using System.CommandLine;
using System.Diagnostics;
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
        var (anyStain, keepMarks) = (SharedOptions.AnyStain(), SharedOptions.KeepMarks());
        var (keepBlurred, maxUnreadable) = (SharedOptions.KeepBlurred(), SharedOptions.MaxUnreadable());
        var mppTable = SharedOptions.MppTable();
        var folder = SharedOptions.Out("Gets SLIDE.h5, and patches/SLIDE_patches.h5 (TRIDENT layout)");
        var command = new ExampleCommand("extract",
            "Tissue, tiles and features of slides. One bad slide does not stop the rest; run again, it goes on where it stopped.",
            "mhim extract CMU-1.svs --out features",
            "mhim extract slides/ --encoder stain-texture --target-mpp 0.5 --tile-size 256 --out features",
            "mhim extract slides/ --encoder resnet50-imagenet --float16 --out features") { slides, encoder, mpp, size, slideMpp, mppTable, half, device, threads, anyStain, keepMarks, keepBlurred, maxUnreadable, folder };
        command.SetAction((parsed, cancel) =>
        {
            var rows = new List<string[]>();
            var settings = FeatureSettings.For(parsed.GetValue(encoder)!, parsed.GetValue(mpp), parsed.GetValue(size)) with
            {
                Tissue = SharedOptions.Tissue(parsed, anyStain, keepMarks),
                KeepBlurred = parsed.GetValue(keepBlurred),
                MaxUnreadable = parsed.GetValue(maxUnreadable),
            };
            var encoders = SharedOptions.Encoders(parsed, device, threads);
            var outDir = parsed.GetRequiredValue(folder);
            var table = SharedOptions.ReadMppTable(parsed, mppTable);
            var code = SlideList.ForEach(SlideList.Find(parsed.GetRequiredValue(slides)), path =>
            {
                var clock = Stopwatch.StartNew();
                var source = SlideSource.FromFile(path, SharedOptions.MppOf(path, table, parsed.GetValue(slideMpp)));
                var bag = Screen.Run(source.SlideId, progress => ExtractStep.Run(source, settings,
                    Path.Combine(outDir, "patches", source.SlideId + "_patches.h5"), Path.Combine(outDir, source.SlideId + ".h5"), progress, cancel,
                    parsed.GetValue(half), encoders));
                rows.Add([source.SlideId, $"{bag.Count}", QualityWords.Skipped(bag.Ledger), $"{bag.Dim}", $"{bag.Geometry?.SlideMpp:0.####}", $"{clock.Elapsed.TotalSeconds:0.0}"]);
            });
            if (rows.Count > 0)
                TextTable.Print(["slide", "tiles", "left out", "numbers a tile", "slide µm/px", "seconds"], rows);
            return Task.FromResult(code);
        });
        return command;
    }
}
