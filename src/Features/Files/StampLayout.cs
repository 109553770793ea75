using PureHDF;

namespace Mhim.Features.Files;

/// <summary>STAMP's feature files: <c>feats</c> and <c>coords</c>, with attributes that changed from version to version.</summary>
static class StampLayout
{
    /// <summary>Version 1 cut tiles of 224 px and 256 µm, counted places in these pixels, and wrote neither down.</summary>
    static readonly TileKind First = new(224, 256.0 / 224);

    public static FeatureFileContent Read(IH5Group file, string path, FeatureFileOptions options)
    {
        var (values, dim, count) = H5Layouts.Features(file.Dataset("feats"), path, options);
        // Before 2.1 the side in µm was called tile_size, and the pixels were not written.
        TileKind? tiles = (file.Number("tile_size_um") ?? file.Number("tile_size")) is > 0 and var um && file.Number("tile_size_px") is >= 1 and var px
            ? new TileKind((int)px, um / px) : null;
        var coords = file.LinkExists("coords") ? file.Dataset("coords") : null;
        var unit = file.Text("unit") ?? coords?.Text("unit");
        if (coords is not null && unit is null && file.Number("tile_size_um") is null && IsFirst(file, coords, path))
            return Content(First, Micrometres(First.Mpp));
        return Content(tiles, (coords, unit) switch
        {
            (null, _) => [],
            (_, "um") => Micrometres(1),
            (_, null) => file.Number("tile_size_um") is > 0 ? Micrometres(1) : [], // what they count nobody knows
            (_, "px") => H5Layouts.Corners(coords, path, count, options.HeadersOnly),
            _ => throw new InputException("features-unreadable", $"'{path}': coordinates in '{unit}' are not known; um or px are."),
        });

        FeatureFileContent Content(TileKind? kind, TileCoord[] places) => new(FeatureLayout.Stamp, null, file.Text("extractor"), dim, values, places, Tiles: kind);

        // Pixels once somebody says how large these are.
        TileCoord[] Micrometres(double each) => options.SlideMpp is { } mpp ? H5Layouts.Corners(coords!, path, count, options.HeadersOnly, mpp / each) : [];
    }

    static bool IsFirst(IH5Group file, IH5Dataset coords, string path) =>
        Math.Round(file.Number("tile_size") ?? Stride(H5Layouts.Corners(coords, path, tiles: null))) == First.Size;

    /// <summary>How far neighbouring tiles lie apart; 0 where there are none.</summary>
    static double Stride(TileCoord[] corners)
    {
        long Least(IEnumerable<long> places) => places.Distinct().Order().ToArray() is var all && all.Length > 1 ? all.Zip(all[1..], (a, b) => b - a).Min() : long.MaxValue;
        var least = Math.Min(Least(corners.Select(c => c.X)), Least(corners.Select(c => c.Y)));
        return least == long.MaxValue ? 0 : least;
    }
}
