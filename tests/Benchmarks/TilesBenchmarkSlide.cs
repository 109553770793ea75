using Mhim.Tiling.Synthetic;
using NetVips;

namespace Mhim.Benchmarks;

/// <summary>
/// A slide as a scanner writes it: SVS, 20,480² pixels, JPEG tiles of 256 with 4:2:0 chroma and shared tables, levels 1, 4 and 16 (none at 2).
/// All of it is tissue: empty glass would be cheap to decode.
/// </summary>
internal static class TilesBenchmarkSlide
{
    internal const int Side = 20_480;
    private const int Drawn = 4096, Patch = 2048;

    internal static void Write(string path)
    {
        var folder = Directory.CreateTempSubdirectory("mhim-bench-slide-").FullName;
        try
        {
            var small = Path.Combine(folder, "small.tif");
            new SyntheticSlide("bench", "bench", SyntheticCohort.Tumour, SyntheticScanner.Alpha, Drawn, Drawn, 5).Write(small, Path.Combine(folder, "truth.png"));
            using var drawn = Image.NewFromFile(small, memory: true);
            using var patch = drawn.ExtractArea((Drawn - Patch) / 2, (Drawn - Patch) / 2, Patch, Patch);
            using var right = patch.FlipHor();
            using var pair = patch.Join(right, Enums.Direction.Horizontal);
            using var below = pair.FlipVer();
            using var seamless = pair.Join(below, Enums.Direction.Vertical);
            using var whole = seamless.CopyMemory().Replicate(Side / (2 * Patch), Side / (2 * Patch));
            using var named = whole.Mutate(image => image.Set(GValue.GStrType, "image-description",
                $"Aperio Image Library v12.0.15\r\n{Side}x{Side} (256x256) JPEG/RGB Q=80|AppMag = 20|MPP = 0.5000"));
            named.Tiffsave(path, compression: Enums.ForeignTiffCompression.Jpeg, q: 80, tile: true, tileWidth: 256, tileHeight: 256, pyramid: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        KeepDirectories(path, 0, 2, 4);
    }

    // Takes the other directories out of the chain; their pixels stay in the file and nobody finds them.
    private static void KeepDirectories(string path, params int[] kept)
    {
        using var file = File.Open(path, FileMode.Open);
        using var reader = new BinaryReader(file);
        using var writer = new BinaryWriter(file);
        file.Position = 2;
        if (reader.ReadUInt16() != 42)
            throw new InvalidDataException("A classic TIFF was expected.");
        List<(long Pointer, uint Directory)> chain = [];
        for (long pointer = 4; ;)
        {
            file.Position = pointer;
            uint at = reader.ReadUInt32();
            chain.Add((pointer, at));
            if (at == 0)
                break;
            file.Position = at;
            pointer = at + 2 + reader.ReadUInt16() * 12L;
        }
        for (int i = 1; i <= kept.Length; i++)
        {
            file.Position = chain[kept[i - 1] + 1].Pointer;
            writer.Write(i < kept.Length ? chain[kept[i]].Directory : 0u);
        }
    }
}
