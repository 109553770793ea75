namespace Mhim.Features.Files;

/// <summary>Whose form a feature file has (docs/features.md).</summary>
public enum FeatureLayout
{
    /// <summary>TRIDENT's, which is also ours: <c>features</c> [N, D] with its encoder, <c>coords</c> with the geometry.</summary>
    Trident,

    /// <summary>CLAM's <c>h5_files</c>: <c>features</c> and <c>coords</c>; neither encoder nor resolution.</summary>
    Clam,

    /// <summary>STAMP's: <c>feats</c>, <c>coords</c> in µm, encoder and tiles as attributes of the file.</summary>
    Stamp,

    /// <summary>AtlasPatch's: a group <c>features</c> with one set per encoder, <c>coords</c> [N, 5], geometry as attributes of the file.</summary>
    AtlasPatch,

    /// <summary>One tensor, as CLAM's <c>pt_files</c>: no places, no encoder.</summary>
    Tensor,
}

/// <summary>What a user knows about feature files that do not say it themselves.</summary>
/// <param name="EncoderId">Their encoder; where a file holds features of several, the one that is wanted.</param>
/// <param name="Tiles">Size and resolution of their tiles.</param>
/// <param name="SlideMpp">µm per pixel of level 0, where the file does not say it, or only as a magnification: turns coordinates in µm into pixels, and says how large a tile is there, or of what resolution.</param>
public sealed record FeatureFileOptions(string? EncoderId = null, TileKind? Tiles = null, double? SlideMpp = null)
{
    /// <summary>Whether what a file says of its numbers is read, and not the numbers.</summary>
    internal bool HeadersOnly { get; init; }
}

/// <summary>Feature files of every layout.</summary>
public static class FeatureFile
{
    /// <summary>Stands for the encoder where a file does not name it and nobody else did.</summary>
    public const string UnknownEncoder = "unknown";

    /// <summary>Reads a feature file; its layout is recognised.</summary>
    /// <param name="path"><c>.h5</c> or <c>.hdf5</c>, <c>.pt</c> or <c>.pth</c>.</param>
    /// <param name="options">What the file may not say; null: nothing.</param>
    /// <returns>The bag and the layout. Geometry is null where the file does not tell enough of it; coordinates are empty where it has none, or has them in µm
    /// and the slide's resolution is not known.</returns>
    /// <exception cref="InputException"><c>features-unreadable</c>; <c>encoder-mismatch</c>: the file names another encoder than the user; <c>encoder-open</c>: it
    /// holds several; <c>tiles-mismatch</c>: it says other tiles than the user; the codes of <see cref="PtFile"/>.</exception>
    public static (FeatureBag Bag, FeatureLayout Layout) Read(string path, FeatureFileOptions? options = null)
    {
        options ??= new FeatureFileOptions();
        var read = IsTensor(path) ? TensorFeatures.Read(path) : H5Reading.Read(path, file => H5Layouts.Read(file, path, options));
        return (Bag(path, read, options), read.Layout);
    }

    /// <summary>
    /// What a file says of its features, without reading them: an empty bag of the same slide, encoder, width and tiles. A file that is cut off, or that <see cref="Read"/> would refuse for what it
    /// says, is refused. A whole cohort is asked so in seconds.
    /// </summary>
    /// <param name="path">As for <see cref="Read"/>.</param>
    /// <param name="options">As for <see cref="Read"/>.</param>
    /// <returns>Null for a tensor file, which says nothing before it is read.</returns>
    /// <exception cref="InputException">As <see cref="Read"/>.</exception>
    public static FeatureBag? Peek(string path, FeatureFileOptions? options = null) =>
        IsTensor(path) ? null : Read(path, (options ?? new FeatureFileOptions()) with { HeadersOnly = true }).Bag;

    /// <summary>One sentence about a layout, for people.</summary>
    public static string Describe(FeatureLayout layout) => layout switch
    {
        FeatureLayout.Trident => "TRIDENT layout: encoder, resolution and places are in the files",
        FeatureLayout.Clam => "CLAM layout: places, but neither encoder nor resolution are in the files",
        FeatureLayout.Stamp => "STAMP layout: encoder and resolution are in the files, places in µm or pixels of the tiles",
        FeatureLayout.AtlasPatch => "AtlasPatch layout: encoder, resolution and places are in the files",
        _ => "tensor files (.pt): neither encoder, resolution nor places are in them",
    };

    static bool IsTensor(string path) => Path.GetExtension(path).ToLowerInvariant() is ".pt" or ".pth";

    static FeatureBag Bag(string path, FeatureFileContent read, FeatureFileOptions options)
    {
        if (read.EncoderId is { } own && options.EncoderId is { } named && own != named)
            throw new InputException("encoder-mismatch", $"'{path}' says that its features are of encoder `{own}`, not of `{named}`; leave --encoder-id out or correct it.");
        var tiles = read.Tiles ?? (read.Geometry is { } g ? new TileKind(g.TileSize, g.Mpp) : null);
        if (tiles is { } said && options.Tiles is { } wanted && (said.Size != wanted.Size || Math.Abs(said.Mpp - wanted.Mpp) > 0.01 * wanted.Mpp))
            throw new InputException("tiles-mismatch", $"'{path}' says that its tiles are {said.Size} px at {said.Mpp:0.###} µm/px, not {wanted.Size}@{wanted.Mpp:0.###}; leave --tiles out or correct it.");
        if (read.Dim < 1)
            throw new InputException("features-unreadable", $"'{path}' holds no features, and does not say how many numbers a tile has; leave the slide out of the table.");
        return new FeatureBag(read.SlideId ?? Path.GetFileNameWithoutExtension(path), read.EncoderId ?? options.EncoderId ?? UnknownEncoder, read.Dim, read.Features, read.Coords,
            read.Geometry ?? Told(read, tiles ?? options.Tiles, options.SlideMpp))
        {
            Tiles = tiles ?? options.Tiles,
            Ledger = read.Ledger,
            EncoderSha256 = read.EncoderSha256,
        };
    }

    /// <summary>Where tiles lie is known once somebody says the slide's resolution; the slide's size stays unknown (0).</summary>
    static TileGeometry? Told(FeatureFileContent read, TileKind? tiles, double? slideMpp) => tiles is { } kind && slideMpp is { } mpp && read.Coords.Length > 0
        ? new TileGeometry(kind.Size, (int)Math.Round(kind.Size * kind.Mpp / mpp), 0, kind.Mpp, mpp, 0, 0) : null;
}

/// <summary>What a file says; null for what it does not.</summary>
sealed record FeatureFileContent(
    FeatureLayout Layout, string? SlideId, string? EncoderId, int Dim, float[] Features, TileCoord[] Coords, TileGeometry? Geometry = null, TileKind? Tiles = null,
    TileLedger? Ledger = null, string? EncoderSha256 = null);
