using System.Text;
using Mhim.Tiling.Synthetic;
using NetVips;

namespace Mhim.Benchmarks;

/// <summary>
/// A slide of 100,000² pixels at 0.25 µm in a few megabytes: SVS with levels 1, 4, 16 and 64, a round piece of tissue in the middle (a sixth of the
/// area). Its tiles of 256 point to 65 stored JPEG images, one of glass and 64 of tissue: the directories are as large as a real slide's, the file is not.
/// </summary>
internal static class TilesBenchmarkGiant
{
    private const int Side = 100_000, Tile = 256, Kinds = 64;

    internal static void Write(string path)
    {
        var blobs = Blobs();
        using var file = File.Create(path);
        using var writer = new BinaryWriter(file);
        writer.Write("II*\0"u8);
        writer.Write(0u); // where the first directory lies: filled in below
        var places = blobs.Select(blob => { long at = file.Position; writer.Write(blob); Pad(writer); return ((uint)at, (uint)blob.Length); }).ToArray();
        long pointer = 4;
        foreach (int shrink in new[] { 1, 4, 16, 64 })
            pointer = WriteDirectory(writer, pointer, Side / shrink, places, shrink == 1);
    }

    // 0: glass; the others: tissue.
    private static byte[][] Blobs()
    {
        var folder = Directory.CreateTempSubdirectory("mhim-bench-giant-").FullName;
        try
        {
            var drawn = Path.Combine(folder, "small.tif");
            new SyntheticSlide("bench", "bench", SyntheticCohort.Tumour, SyntheticScanner.Alpha, 4096, 4096, 6).Write(drawn, Path.Combine(folder, "truth.png"));
            using var image = Image.NewFromFile(drawn, memory: true);
            var glass = Image.Black(Tile, Tile, 3) + new[] { 243.0, 242, 244 };
            return [Jpeg(glass.Cast(Enums.BandFormat.Uchar)), .. Enumerable.Range(0, Kinds).Select(i => Jpeg(image.ExtractArea(1024 + i % 8 * Tile, 1024 + i / 8 * Tile, Tile, Tile)))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Jpeg(Image tile) => tile.JpegsaveBuffer(q: 80, subsampleMode: Enums.ForeignSubsample.On);

    // Returns where the offset of the next directory is to be written.
    private static long WriteDirectory(BinaryWriter writer, long pointer, int side, (uint At, uint Length)[] places, bool full)
    {
        var file = writer.BaseStream;
        int across = (side + Tile - 1) / Tile;
        var tiles = new (uint At, uint Length)[across * across];
        for (int i = 0; i < tiles.Length; i++)
        {
            double x = (i % across + 0.5) / across - 0.5, y = (i / across + 0.5) / across - 0.5;
            tiles[i] = places[x * x + y * y < 0.053 ? 1 + (int)((uint)(i * 2654435761L >> 8) % Kinds) : 0];
        }
        uint Array(Action write) { Pad(writer); var at = (uint)file.Position; write(); return at; }
        uint offsets = Array(() => System.Array.ForEach(tiles, tile => writer.Write(tile.At)));
        uint lengths = Array(() => System.Array.ForEach(tiles, tile => writer.Write(tile.Length)));
        var words = Encoding.ASCII.GetBytes($"Aperio Image Library v12.0.15\r\n{Side}x{Side} (256x256) JPEG/RGB Q=80|AppMag = 40|MPP = 0.2500\0");
        uint description = Array(() => writer.Write(words)), bits = Array(() => { for (int i = 0; i < 3; i++) writer.Write((ushort)8); });
        (ushort Tag, ushort Type, uint Count, uint Value)[] entries =
        [
            (254, 4, 1, full ? 0u : 1), (256, 4, 1, (uint)side), (257, 4, 1, (uint)side), (258, 3, 3, bits), (259, 3, 1, 7), (262, 3, 1, 6),
            (270, 2, (uint)words.Length, description), (277, 3, 1, 3), (284, 3, 1, 1), (322, 4, 1, Tile), (323, 4, 1, Tile),
            (324, 4, (uint)tiles.Length, offsets), (325, 4, (uint)tiles.Length, lengths), (530, 3, 2, 2 | 2 << 16),
        ];
        uint directory = Array(() =>
        {
            writer.Write((ushort)entries.Length);
            foreach (var (tag, type, count, value) in entries)
            {
                writer.Write(tag);
                writer.Write(type);
                writer.Write(count);
                writer.Write(value);
            }
            writer.Write(0u);
        });
        long end = file.Position;
        file.Position = pointer;
        writer.Write(directory);
        file.Position = end;
        return end - 4;
    }

    private static void Pad(BinaryWriter writer)
    {
        if (writer.BaseStream.Position % 2 == 1)
            writer.Write((byte)0);
    }
}
