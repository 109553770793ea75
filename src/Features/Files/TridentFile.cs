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
    /// <exception cref="InputException"><c>features-beyond-float16</c>: a number above 65,504, which 16 bits cannot hold.</exception>
    public static void WriteFeatures(string path, FeatureBag bag, IReadOnlyDictionary<string, string>? provenance = null, bool half = false)
    {
        var geometry = bag.Geometry ?? throw new ArgumentException("A bag without geometry cannot be written in the TRIDENT layout.", nameof(bag));
        var features = new H5Dataset(half ? Halves(bag) : bag.Features, fileDims: [(ulong)bag.Count, (ulong)bag.Dim]);
        features.Attributes["encoder"] = bag.EncoderId;
        features.Attributes["name"] = bag.SlideId;
        features.Attributes["savetodir"] = "";
        var file = new H5File { ["features"] = features, ["coords"] = CoordsOf(bag.SlideId, bag.Coords, geometry) };
        AddFileAttributes(file, geometry, provenance);
        AtomicFile.Write(path, temporary => file.Write(temporary));
    }

    /// <summary>Writes a patch file: <c>coords</c> alone.</summary>
    /// <param name="path">The <c>.h5</c> file.</param>
    /// <param name="slideId">The slide's id.</param>
    /// <param name="coords">[N] level-0 corners; may be empty.</param>
    /// <param name="geometry">How the tiles were cut.</param>
    /// <param name="provenance">Further attributes of the file (text).</param>
    public static void WriteCoords(string path, string slideId, TileCoord[] coords, TileGeometry geometry,
        IReadOnlyDictionary<string, string>? provenance = null)
    {
        var file = new H5File { ["coords"] = CoordsOf(slideId, coords, geometry) };
        AddFileAttributes(file, geometry, provenance);
        AtomicFile.Write(path, temporary => file.Write(temporary));
    }

    /// <summary>Reads a feature file in the TRIDENT layout; features may be stored as float32 or float16.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>: missing, not HDF5, or without the data sets.</exception>
    public static FeatureBag ReadFeatures(string path)
    {
        using var file = Open(path);
        return Guard(path, () =>
        {
            var data = file.Dataset("features");
            var dims = data.Space.Dimensions;
            if (dims.Length == 3 && dims[0] == 1)
                dims = dims[1..];
            if (dims.Length != 2)
                throw new InputException("features-unreadable", $"'{path}': 'features' has {dims.Length} dimensions, two (N, D) are wanted.");
            var values = dims[0] == 0 ? []
                : data.Type is { Class: H5DataTypeClass.FloatingPoint, Size: 2 } ? Array.ConvertAll(data.Read<Half[]>(), half => (float)half)
                : data.Read<float[]>();
            var (slideId, coords, geometry) = ReadCoords(file, path);
            return new FeatureBag(slideId, TextOf(data, "encoder") ?? "unknown", (int)dims[1], values, coords, geometry);
        });
    }

    /// <summary>Reads the corners and the geometry of a patch or feature file.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static (string SlideId, TileCoord[] Coords, TileGeometry Geometry) ReadCoords(string path)
    {
        using var file = Open(path);
        return Guard(path, () => ReadCoords(file, path));
    }

    /// <summary>A text attribute of the file, or null; for provenance such as <c>slide_sha256</c>.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static string? ReadProvenance(string path, string name)
    {
        using var file = Open(path);
        return Guard(path, () => file.AttributeExists(name) ? file.Attribute(name).Read<string>() : null);
    }

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

    static (string SlideId, TileCoord[] Coords, TileGeometry Geometry) ReadCoords(IH5Group file, string path)
    {
        var data = file.Dataset("coords");
        var count = (int)data.Space.Dimensions[0];
        var flat = count == 0 ? [] : data.Read<long[]>();
        var coords = new TileCoord[count];
        for (int i = 0; i < count; i++)
            coords[i] = new TileCoord(flat[2 * i], flat[2 * i + 1]);

        double Number(string name, double fallback) => data.AttributeExists(name) ? NumberOf(data, name) : fallback;
        double target = file.AttributeExists("mpp") ? NumberOf(file, "mpp") : 10 / Number("target_magnification", double.NaN);
        double slide = file.AttributeExists("slide_mpp") ? NumberOf(file, "slide_mpp") : 10 / Number("level0_magnification", double.NaN);
        int size = (int)Number("patch_size", 0);
        var geometry = new TileGeometry(size, (int)Number("patch_size_level0", size), (int)Number("overlap", 0), target, slide,
            (long)Number("level0_width", 0), (long)Number("level0_height", 0));
        return (TextOf(data, "name") ?? Path.GetFileNameWithoutExtension(path), coords, geometry);
    }

    static double NumberOf(IH5Object of, string name)
    {
        var attribute = of.Attribute(name);
        return attribute.Type.Class == H5DataTypeClass.FloatingPoint ? attribute.Read<double>() : attribute.Read<long>();
    }

    static string? TextOf(IH5Object of, string name) => of.AttributeExists(name) ? of.Attribute(name).Read<string>() : null;

    static PureHDF.VOL.Native.NativeFile Open(string path)
    {
        if (!File.Exists(path))
            throw new InputException("features-unreadable", $"There is no feature file '{path}'.");
        return Guard(path, () => H5File.OpenRead(path));
    }

    // PureHDF throws many types on broken files; a reader of foreign files reports them as one.
    static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (InputException or OutOfMemoryException))
        {
            throw new InputException("features-unreadable",
                $"'{path}' cannot be read as a feature file in the TRIDENT layout (HDF5 with 'features' and 'coords'): {e.Message}", e);
        }
    }
}
