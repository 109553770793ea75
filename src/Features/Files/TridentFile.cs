using PureHDF;

namespace Mhim.Features.Files;

/// <summary>
/// Feature files and patch files in the TRIDENT layout (HDF5; INTEROP.md): <c>features</c> [N,D] float32, <c>coords</c> [N,2] int64 with
/// the geometry as attributes of the data sets. What TRIDENT has no name for (µm per pixel, slide hash) is kept as attributes of the file.
/// </summary>
public static class TridentFile
{
    /// <summary>Writes <c>features</c> and <c>coords</c>; appears whole or not at all.</summary>
    /// <param name="path">The <c>.h5</c> file.</param>
    /// <param name="bag">With coordinates and geometry; N may be 0.</param>
    /// <param name="provenance">Further attributes of the file (text), for example <c>slide_sha256</c>.</param>
    /// <param name="half">Stores 16-bit floats, in half the room; readers here and elsewhere get them back as they are.</param>
    /// <exception cref="ArgumentException">The bag has no geometry.</exception>
    /// <exception cref="InputException"><c>features-beyond-float16</c>: a number above 65,504, which 16 bits cannot hold; <c>features-too-large</c>.</exception>
    public static void WriteFeatures(string path, FeatureBag bag, IReadOnlyDictionary<string, string>? provenance = null, bool half = false)
    {
        RequireRoom(bag.SlideId, bag.Count, bag.Dim, half);
        var geometry = bag.Geometry ?? throw new ArgumentException("A bag without geometry cannot be written in the TRIDENT layout.", nameof(bag));
        var features = new H5Dataset(half ? Halves(bag) : bag.Features, fileDims: [(ulong)bag.Count, (ulong)bag.Dim]);
        features.Attributes["encoder"] = bag.EncoderId;
        features.Attributes["name"] = bag.SlideId;
        features.Attributes["savetodir"] = "";
        var file = new H5File { ["features"] = features, ["coords"] = CoordsOf(bag.SlideId, bag.Coords, geometry) };
        LedgerData.Add(file, bag.Ledger);
        AddFileAttributes(file, geometry, provenance);
        AtomicFile.Write(path, temporary => file.Write(temporary));
    }

    /// <summary>Refuses features that one data set cannot hold (2 GB, as it is written in one piece): to be asked before hours of encoding.</summary>
    /// <param name="slideId">The slide's id, for the sentence.</param>
    /// <param name="count">N.</param>
    /// <param name="dim">D.</param>
    /// <param name="half">Whether they are to be stored as 16-bit floats.</param>
    /// <exception cref="InputException"><c>features-too-large</c>.</exception>
    public static void RequireRoom(string slideId, long count, int dim, bool half)
    {
        var bytes = count * dim * (half ? sizeof(short) : sizeof(float));
        if (bytes > int.MaxValue)
            throw new InputException("features-too-large",
                $"Slide `{slideId}` has {count} tiles of {dim} numbers, {bytes / 1e9:0.#} GB, and a feature file holds 2.1 GB; take fewer tiles (less --overlap, a larger --min-tissue){(half ? "" : ", or store 16-bit floats with --float16 in extract")}.");
    }

    /// <summary>Writes a patch file: <c>coords</c> alone.</summary>
    /// <param name="path">The <c>.h5</c> file.</param>
    /// <param name="slideId">The slide's id.</param>
    /// <param name="coords">[N] level-0 corners; may be empty.</param>
    /// <param name="geometry">How the tiles were cut.</param>
    /// <param name="provenance">Further attributes of the file (text).</param>
    /// <param name="ledger">What became of every place of the grid; null: not said.</param>
    public static void WriteCoords(string path, string slideId, TileCoord[] coords, TileGeometry geometry,
        IReadOnlyDictionary<string, string>? provenance = null, TileLedger? ledger = null)
    {
        var file = new H5File { ["coords"] = CoordsOf(slideId, coords, geometry) };
        LedgerData.Add(file, ledger);
        AddFileAttributes(file, geometry, provenance);
        AtomicFile.Write(path, temporary => file.Write(temporary));
    }

    /// <summary>Reads a feature file as <see cref="WriteFeatures"/> and TRIDENT write it; floats of 32 or 16 bits. Others: <see cref="FeatureFile.Read"/>.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>: missing, not HDF5, or without the data sets.</exception>
    public static FeatureBag ReadFeatures(string path) => FeatureFile.Read(path).Bag;

    /// <summary>Reads the corners and the geometry of a patch or feature file.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static (string SlideId, TileCoord[] Coords, TileGeometry Geometry) ReadCoords(string path) => H5Reading.Read(path, file =>
    {
        var data = file.Dataset("coords");
        var geometry = H5Layouts.GeometryOf(data, file)
            ?? throw new InputException("features-unreadable", $"'{path}' does not say how its tiles were cut (patch_size and target_magnification of 'coords').");
        return (data.Text("name") ?? Path.GetFileNameWithoutExtension(path), H5Layouts.Corners(data, path, tiles: null), geometry);
    });

    /// <summary>The tile ledger of a patch or feature file; null when it has none.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static TileLedger? ReadLedger(string path) => H5Reading.Read(path, LedgerData.Read);

    /// <summary>A text attribute of the file, or null; for provenance such as <c>slide_sha256</c>.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static string? ReadProvenance(string path, string name) => H5Reading.Read(path, file => file.Text(name));

    static Half[] Halves(FeatureBag bag)
    {
        var halves = Array.ConvertAll(bag.Features, value => (Half)value);
        return !Array.Exists(halves, Half.IsInfinity) ? halves : throw new InputException("features-beyond-float16",
            $"Slide `{bag.SlideId}` has features above 65504, which 16-bit floats cannot hold; store them as 32 bits (without --float16).");
    }

    static H5Dataset CoordsOf(string slideId, TileCoord[] coords, TileGeometry geometry)
    {
        var flat = new long[coords.Length * 2];
        for (int i = 0; i < coords.Length; i++)
            (flat[2 * i], flat[2 * i + 1]) = (coords[i].X, coords[i].Y);
        var data = new H5Dataset(flat, fileDims: [(ulong)coords.Length, 2UL]);
        data.Attributes["patch_size"] = (long)geometry.TileSize;
        data.Attributes["patch_size_level0"] = (long)geometry.TileSizeLevel0;
        data.Attributes["level0_magnification"] = TileGeometry.MagnificationOf(geometry.SlideMpp);
        data.Attributes["target_magnification"] = TileGeometry.MagnificationOf(geometry.Mpp);
        data.Attributes["overlap"] = (long)geometry.Overlap;
        data.Attributes["name"] = slideId;
        data.Attributes["savetodir"] = "";
        data.Attributes["level0_width"] = geometry.SlideWidth;
        data.Attributes["level0_height"] = geometry.SlideHeight;
        return data;
    }

    static void AddFileAttributes(H5File file, TileGeometry geometry, IReadOnlyDictionary<string, string>? provenance)
    {
        file.Attributes["mpp"] = geometry.Mpp;
        file.Attributes["slide_mpp"] = geometry.SlideMpp;
        foreach (var (name, value) in provenance ?? new Dictionary<string, string>())
            file.Attributes[name] = value;
    }
}
