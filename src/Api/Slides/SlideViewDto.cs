using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;

namespace Mhim.Api.Slides;

/// <summary>What a viewer needs beside the pictures: where the scanned part lies, how large a pixel is, and what became of every place of the tile grid.</summary>
/// <param name="Width">Pixels of level 0.</param>
/// <param name="Height">Pixels of level 0.</param>
/// <param name="Scanned">The part that the Deep Zoom Image shows, in pixels of level 0.</param>
/// <param name="Mpp">µm per pixel of level 0; null when it is not known, or the file says one that is not to be believed.</param>
/// <param name="ObjectivePower">If the file states one.</param>
/// <param name="Grid">Null until the slide is tiled.</param>
public sealed record SlideViewDto(long Width, long Height, SlideBounds Scanned, double? Mpp, double? ObjectivePower, SlideGridDto? Grid)
{
    internal static SlideViewDto Of(ISlide slide, double? mpp, TileGrid? grid, TileLedger? ledger) => new(slide.Info.Width, slide.Info.Height, slide.Info.Scanned,
        mpp ?? Believed(slide.Info.Resolution), slide.Info.ObjectivePower, grid is null || ledger is null ? null : SlideGridDto.Of(slide.Info.Scanned, grid.Geometry, ledger));

    // A scale bar of what is refused elsewhere would measure wrongly.
    static double? Believed(Resolution resolution) => resolution.Problem is null ? resolution.Mpp : null;
}

/// <summary>The tile grid of a slide's own features.</summary>
/// <param name="TileSize">Side of a tile at its resolution, pixels.</param>
/// <param name="TileSizeLevel0">Side of a tile at level 0, pixels.</param>
/// <param name="Mpp">Resolution of the tiles, µm per pixel.</param>
/// <param name="X">[columns] left edges, pixels of level 0.</param>
/// <param name="Y">[rows] upper edges, pixels of level 0.</param>
/// <param name="Words">What a fate means, by its number: read, no-tissue, pen, dark-edge, blur, unreadable.</param>
/// <param name="Fates">[rows · columns] row by row, a byte each, base64.</param>
public sealed record SlideGridDto(int TileSize, int TileSizeLevel0, double Mpp, IReadOnlyList<long> X, IReadOnlyList<long> Y, IReadOnlyList<string> Words, string Fates)
{
    internal static SlideGridDto? Of(SlideBounds scanned, TileGeometry geometry, TileLedger ledger)
    {
        var step = (geometry.TileSize - geometry.Overlap) * geometry.Mpp / geometry.SlideMpp;
        var x = TileGrid.Starts(scanned.X, scanned.Width, geometry.TileSizeLevel0, step);
        var y = TileGrid.Starts(scanned.Y, scanned.Height, geometry.TileSizeLevel0, step);
        // A file of somebody else may have another grid.
        return x.Count != ledger.Columns || y.Count != ledger.Rows ? null : new SlideGridDto(geometry.TileSize, geometry.TileSizeLevel0, geometry.Mpp, x, y,
            [.. Enum.GetValues<TileFate>().Select(TileLedger.WordOf)], Convert.ToBase64String([.. ledger.Fates.Select(fate => (byte)fate)]));
    }
}
