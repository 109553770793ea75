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
        var tissue = new Option<double>("--min-tissue") { Description = "Share of a tile that must be tissue, 0 to 1", DefaultValueFactory = _ => new GridOptions().MinTissue }
            .Check(share => share is >= 0 and <= 1, "is a share, from 0 to 1.");
        var (anyStain, keepMarks) = (SharedOptions.AnyStain(), SharedOptions.KeepMarks());
        var mppTable = SharedOptions.MppTable();
        var folder = SharedOptions.Out("Gets SLIDE_patches.h5 (TRIDENT layout), and of several slides report.json and report.csv");
        var command = new ExampleCommand("tile",
            $"Finds the tissue of slides and cuts the tile grid. {BatchCommand.Help}",
            "mhim tile CMU-1.svs --out patches",
            "mhim tile slides/ --target-mpp 1 --tile-size 224 --out patches") { slides, mpp, size, tissue, slideMpp, mppTable, anyStain, keepMarks, folder };
        command.SetAction((parsed, cancel) =>
        {
            var options = new GridOptions(parsed.GetValue(size), parsed.GetValue(mpp)) { MinTissue = parsed.GetValue(tissue) };
            var outDir = parsed.GetRequiredValue(folder);
            var run = new BatchCommand("tile", parsed.GetRequiredValue(slides), outDir, SharedOptions.ReadMppTable(parsed, mppTable), parsed.GetValue(slideMpp));
            TileGrid Cut(SlideSource source, IProgress<StepProgress> progress) =>
                TileStep.Run(source, options, Path.Combine(outDir, source.SlideId + "_patches.h5"), progress, cancel, SharedOptions.Tissue(parsed, anyStain, keepMarks));
            return Task.FromResult(run.Run((source, progress) =>
            {
                var grid = Cut(source, progress);
                return new SlideOutput(grid.Coords.Length, null, grid.Geometry.SlideMpp, grid.Geometry.TileSizeLevel0, grid.Quality, grid.Ledger);
            }, cancel, prepare: (source, progress) => Cut(source, progress)));
        });
        return command;
    }
}
