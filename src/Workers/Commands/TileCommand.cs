using System.CommandLine;
using Mhim.Tiling.Grid;
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
        var folder = SharedOptions.Out("Gets SLIDE_patches.h5 (TRIDENT layout)");
        var command = new ExampleCommand("tile",
            "Finds the tissue of slides and cuts the tile grid. What was made from the same slide and options is kept.",
            "mhim tile CMU-1.svs --out patches",
            "mhim tile slides/ --target-mpp 1 --tile-size 224 --out patches") { slides, mpp, size, tissue, slideMpp, mppTable, anyStain, keepMarks, folder };
        command.SetAction((parsed, cancel) =>
        {
            var rows = new List<string[]>();
            var options = new GridOptions(parsed.GetValue(size), parsed.GetValue(mpp)) { MinTissue = parsed.GetValue(tissue) };
            var table = SharedOptions.ReadMppTable(parsed, mppTable);
            var code = SlideList.ForEach(SlideList.Find(parsed.GetRequiredValue(slides)), path =>
            {
                var source = SlideSource.FromFile(path, SharedOptions.MppOf(path, table, parsed.GetValue(slideMpp)));
                var file = Path.Combine(parsed.GetRequiredValue(folder), source.SlideId + "_patches.h5");
                var grid = Screen.Run(source.SlideId, progress => TileStep.Run(source, options, file, progress, cancel, SharedOptions.Tissue(parsed, anyStain, keepMarks)));
                rows.Add([source.SlideId, $"{grid.Coords.Length}", $"{grid.TissueShare:P1}", QualityWords.Pens(grid.Quality), QualityWords.Dark(grid.Quality), QualityWords.Blur(grid.Quality), $"{grid.Geometry.SlideMpp:0.####}", $"{grid.Geometry.TileSizeLevel0}"]);
            });
            if (rows.Count > 0)
                TextTable.Print(["slide", "tiles", "tissue", "pen", "dark edge", "blur", "slide µm/px", "tile side at level 0"], rows);
            return Task.FromResult(code);
        });
        return command;
    }
}
