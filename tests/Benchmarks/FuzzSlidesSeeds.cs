using Mhim.Tiling.Synthetic;
using Mhim.Tiling.Tests.Fiducials;
using NetVips;

namespace Mhim.Benchmarks;

/// <summary>The healthy slides that are mutated: small real ones, where they are there, and drawn ones of every way to store tiles.</summary>
internal static class FuzzSlidesSeeds
{
    /// <summary>A slide of one file, or of several of which the first is opened.</summary>
    /// <param name="Name">For the table.</param>
    /// <param name="Files">Path below the slide's folder, content.</param>
    /// <param name="Weight">How often it is taken.</param>
    internal sealed record Seed(string Name, IReadOnlyList<(string Path, byte[] Content)> Files, int Weight);

    internal static List<Seed> Make()
    {
        var seeds = new List<Seed>();
        var folder = Directory.CreateTempSubdirectory("mhim-fuzz-seeds-").FullName;
        try
        {
            Drawn(folder, seeds);
            var mirax = Path.Combine(folder, "mirax.mrxs");
            MiraxFile.Write(mirax, new FiducialPicture(768, 768, 0.5, 128, 128, 640, 640), 3, (1, 1, 5, 5));
            seeds.Add(new Seed("mirax", [("slide.mrxs", File.ReadAllBytes(mirax)), .. new[] { "Slidedat.ini", "Index.dat", "Data0000.dat" }
                .Select(name => ($"slide/{name}", File.ReadAllBytes(Path.Combine(folder, "mirax", name))))], 3));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        if (TestData.Folder() is { } data)
        {
            foreach (var (name, file, weight) in new[]
                { ("CMU-1 (aperio)", "CMU-1-Small-Region.svs", 3), ("IDC (generic tiff)", "IDC_14082_4um.tif", 3), ("DAPI (hamamatsu)", "fluorescence-DAPI.ndpi", 3) })
                seeds.Add(new Seed(name, [("slide" + Path.GetExtension(file), File.ReadAllBytes(Path.Combine(data, "slides", file)))], weight));
            seeds.Add(new Seed("CMU-1 (dicom)", [.. Directory.EnumerateFiles(Path.Combine(data, "slides", "CMU-1-dicom")).Order()
                .Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))], 1));
        }
        return seeds;
    }

    private static void Drawn(string folder, List<Seed> seeds)
    {
        var source = Path.Combine(folder, "source.tif");
        new SyntheticSlide("fuzz", "fuzz", SyntheticCohort.Tumour, SyntheticScanner.Alpha, 1536, 1280, 3).Write(source, Path.Combine(folder, "truth.png"));
        using var whole = Image.NewFromFile(source, memory: true);
        using var cut = whole.ExtractArea(384, 256, 700, 640);
        using var drawn = cut.CopyMemory();
        void Add(string name, int weight, Action<Image, string> save, string? description = null)
        {
            var path = Path.Combine(folder, "drawn.tif");
            using var copy = drawn.Mutate(image =>
            {
                if (description is not null)
                    image.Set(GValue.GStrType, "image-description", description);
            });
            save(copy, path);
            seeds.Add(new Seed(name, [(description is null ? "slide.tif" : "slide.svs", File.ReadAllBytes(path))], weight));
        }
        const double dots = 2000; // per mm: 0.5 µm
        const Enums.ForeignTiffCompression jpeg = Enums.ForeignTiffCompression.Jpeg;
        Add("tiff, jpeg", 5, (image, path) => image.Tiffsave(path, compression: jpeg, q: 80, tile: true, tileWidth: 128, tileHeight: 128, pyramid: true, xres: dots, yres: dots));
        Add("bigtiff, jpeg", 4, (image, path) => image.Tiffsave(path, compression: jpeg, q: 92, tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, bigtiff: true, xres: dots, yres: dots));
        Add("svs, jpeg", 5, (image, path) => image.Tiffsave(path, compression: jpeg, q: 80, tile: true, tileWidth: 128, tileHeight: 128, pyramid: true),
            "Aperio Image Library v12.0.15\r\n700x640 (128x128) JPEG/RGB Q=80|AppMag = 20|MPP = 0.5000");
        Add("tiff, deflate", 2, (image, path) => image.Tiffsave(path, compression: Enums.ForeignTiffCompression.Deflate, tile: true, tileWidth: 128, tileHeight: 128, pyramid: true, xres: dots, yres: dots));
        Add("tiff, lzw", 2, (image, path) => image.Tiffsave(path, compression: Enums.ForeignTiffCompression.Lzw, tile: true, tileWidth: 128, tileHeight: 128, pyramid: true, xres: dots, yres: dots));
        Add("tiff, plain", 1, (image, path) => image.Tiffsave(path, tile: true, tileWidth: 128, tileHeight: 128, pyramid: true, xres: dots, yres: dots));
    }
}
