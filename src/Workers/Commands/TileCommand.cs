using System.CommandLine;
using Mhim.Tiling.Grid;
using Mhim.Workers.Batch;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim tile</c>.</summary>
static class TileCommand
{
    public static Command Create()
    {
        var slides = SharedOptions.Slides();
        var (mpp, size, slideMpp) = (SharedOptions.Mpp(), SharedOptions.TileSize(), SharedOptions.SlideMpp());
        var tissue = new TissueChoices();
        var mppTable = SharedOptions.MppTable();
        var folder = SharedOptions.Out("Gets SLIDE_patches.h5 (TRIDENT layout), and of several slides report.json and report.csv");
        var command = new ExampleCommand("tile",
            $"Finds the tissue of slides and cuts the tile grid. {BatchCommand.Help}",
            "mhim tile CMU-1.svs --out patches",
            "mhim tile slides/ --target-mpp 1 --tile-size 224 --out patches",
            "mhim tile biopsies/ --tissue biopsy --min-tissue 0.1 --out patches") { slides, mpp, size, slideMpp, mppTable };
        tissue.AddTo(command);
        command.Options.Add(folder);
        command.GoesOn = true;
        command.SetAction((parsed, cancel) =>
        {
            var settings = tissue.Read(parsed, new FeatureSettings(Mpp: parsed.GetValue(mpp), TileSize: parsed.GetValue(size)));
            var outDir = parsed.GetRequiredValue(folder);
            OutFolder.RequireNoFile(outDir);
            var run = new BatchCommand("tile", parsed.GetRequiredValue(slides), outDir, SharedOptions.ReadMppTable(parsed, mppTable), parsed.GetValue(slideMpp));
            TileGrid Cut(SlideSource source, IProgress<StepProgress> progress)
            {
                var path = Path.Combine(outDir, source.SlideId + "_patches.h5");
                OutputOwner.Require(source, path);
                return TileStep.Run(source, settings.Grid, path, progress, cancel, settings.Tissue);
            }
            return Task.FromResult(run.Run((source, progress) =>
            {
                var grid = Cut(source, progress);
                return new SlideOutput(grid.Coords.Length, null, grid.Geometry.SlideMpp, grid.Geometry.TileSizeLevel0, grid.Quality, grid.Ledger);
            }, cancel, prepare: (source, progress) => Cut(source, progress)));
        });
        return command;
    }
}
