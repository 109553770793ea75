using PureHDF;

namespace Mhim.Features.Files;

/// <summary>Recognises the layouts of HDF5 feature files by their data sets and attributes, and reads each.</summary>
static class H5Layouts
{
    public static FeatureFileContent Read(IH5Group file, string path, FeatureFileOptions options)
    {
        if (file.LinkExists("feats"))
            return StampLayout.Read(file, path, options);
        if (!file.LinkExists("features"))
            throw new InputException("features-unreadable",
                $"'{path}' is no feature file: it has neither 'features' (TRIDENT, CLAM, AtlasPatch) nor 'feats' (STAMP){(file.LinkExists("coords") ? "; it is a patch file, its features lie elsewhere" : "")}.");
        return file.Get("features") is IH5Group sets ? AtlasPatch(file, sets, path, options) : TridentOrClam(file, path, options);
    }

    static FeatureFileContent TridentOrClam(IH5Group file, string path, FeatureFileOptions options)
    {
        var data = file.Dataset("features");
        var coords = file.LinkExists("coords") ? file.Dataset("coords") : null;
        var geometry = coords is null ? null : GeometryOf(coords, file, options.SlideMpp);
        var encoder = data.Text("encoder");
        // TRIDENT names the encoder and the magnifications; CLAM's files have no attributes, or those of its patching.
        var layout = encoder is not null || geometry is not null ? FeatureLayout.Trident : FeatureLayout.Clam;
        var (values, dim, count) = Features(data, path, options);
        return new(layout, coords?.Text("name") ?? data.Text("name"), encoder, dim, values, coords is null ? [] : Corners(coords, path, count, options.HeadersOnly), geometry,
            Ledger: options.HeadersOnly ? null : LedgerData.Read(file), EncoderSha256: file.Text("encoder_sha256") is { Length: > 0 } model ? model : null);
    }

    static FeatureFileContent AtlasPatch(IH5Group file, IH5Group sets, string path, FeatureFileOptions options)
    {
        // A set under such a name was not finished.
        var names = sets.Children().OfType<IH5Dataset>().Select(set => set.Name).Where(name => !name.StartsWith("__tmp_", StringComparison.Ordinal)).ToList();
        var name = options.EncoderId is { } wanted && names.Contains(wanted) ? wanted
            : names.Count == 1 ? names[0]
            : throw new InputException("encoder-open", names.Count == 0 ? $"'{path}' holds coordinates, but no features."
                : $"'{path}' holds features of {string.Join(", ", names)}; say with --encoder-id which of them to take.");
        var (values, dim, count) = Features(sets.Dataset(name), path, options);
        var coords = file.Dataset("coords");
        return new(FeatureLayout.AtlasPatch, null, name, dim, values, Corners(coords, path, count, options.HeadersOnly), GeometryOf(file, file, options.SlideMpp));
    }

    /// <summary>[N, D], or [1, N, D] as slide encoders have it; N is null where nothing says it.</summary>
    public static (float[] Values, int Dim, ulong? Count) Features(IH5Dataset data, string path, FeatureFileOptions options)
    {
        ulong[] dims = data.Space.Dimensions is [1, _, _] and [_, .. var inner] ? inner : data.Space.Dimensions;
        if (dims is [0])
            return ([], 0, null);
        if (dims.Length != 2)
            throw new InputException("features-unreadable", $"'{path}': '{data.Name}' has {dims.Length} dimensions, two (N, D) are wanted.");
        if (!options.HeadersOnly)
            return (data.Singles(path), (int)dims[1], dims[0]);
        data.RequireSingles(path);
        return ([], (int)dims[1], dims[0]);
    }

    /// <summary>The first two columns, divided by µm per pixel where they are in µm; none where only their shape is looked at.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>: they are not one per tile, which their shapes say already.</exception>
    public static TileCoord[] Corners(IH5Dataset data, string path, ulong? tiles, bool shapeOnly = false, double scale = 1)
    {
        if (data.Space.Dimensions is not [var count, >= 2 and var columns])
            return data.Space.Dimensions.Contains(0UL) ? []
                : throw new InputException("features-unreadable", $"'{path}': 'coords' has the shape ({string.Join(", ", data.Space.Dimensions)}), (N, 2) is wanted.");
        if (count > 0 && tiles is { } wanted && count != wanted)
            throw new InputException("features-unreadable", $"'{path}' has {count} coordinates for {wanted} tiles; it is damaged, or was written by two runs.");
        if (shapeOnly)
            return [];
        var flat = data.Doubles(path);
        var coords = new TileCoord[count];
        for (var i = 0; i < coords.Length; i++)
            coords[i] = new TileCoord((long)Math.Round(flat[i * (int)columns] / scale), (long)Math.Round(flat[i * (int)columns + 1] / scale));
        return coords;
    }

    /// <summary>The geometry out of TRIDENT's attribute names, and our own of the file; null where size or resolution are missing.</summary>
    /// <param name="of">What carries TRIDENT's attributes.</param>
    /// <param name="file">What carries ours.</param>
    /// <param name="slideMpp">Resolution of the slide that somebody stated. A magnification is only a name for it (0.2325 µm per pixel is "40×" too); where it is said, the tiles' follows from their side on the slide.</param>
    public static TileGeometry? GeometryOf(IH5Object of, IH5Object file, double? slideMpp = null)
    {
        if (of.Number("patch_size") is not (>= 1 and var size))
            return null;
        var level0 = of.Number("patch_size_level0") is > 0 and var side ? side : (double?)null;
        var mpp = file.Number("mpp") ?? level0 * slideMpp / size ?? 10 / of.Number("target_magnification");
        if (mpp is not (> 0 and < 1000))
            return null;
        var slide = file.Number("slide_mpp") ?? slideMpp ?? 10 / of.Number("level0_magnification");
        slide ??= mpp * size / level0;
        if (slide is not (> 0 and < 1000))
            return null;
        return new TileGeometry((int)size, (int)(level0 ?? Math.Round(size * mpp.Value / slide.Value)), (int)(of.Number("overlap") ?? 0), mpp.Value, slide.Value,
            (long)(of.Number("level0_width") ?? 0), (long)(of.Number("level0_height") ?? 0));
    }
}
