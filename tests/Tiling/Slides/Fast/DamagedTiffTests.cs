using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using Xunit;

namespace Mhim.Tiling.Tests.Slides.Fast;

public class DamagedTiffTests
{
    [Fact]
    public void A_tile_with_a_damaged_header_is_named_and_its_neighbours_are_read() => Damage(inItsPixels: false);

    [TurboJpegFact]
    public void A_tile_with_damaged_pixels_is_named_and_its_neighbours_are_read() => Damage(inItsPixels: true);

    // Only libturbojpeg tells when it guesses.
    sealed class TurboJpegFactAttribute : FactAttribute
    {
        public TurboJpegFactAttribute() => Skip = TurboJpeg.Available ? null : "libturbojpeg is not installed";
    }

    static void Damage(bool inItsPixels)
    {
        using var drawn = DrawnTiff.Write(1024, 768);
        var (at, count) = Tile(drawn.Path, 5); // column 1, row 1
        Overwrite(drawn.Path, inItsPixels ? at + count / 2 : at, new byte[200]);

        using var slide = Assert.IsType<FastTiffSlide>(SlideFile.Open(drawn.Path));
        foreach (int side in new[] { 256, 200 }) // straight from the file, and through the cache
        {
            var rgb = new byte[side * side * 3];
            for (int again = 0; again < 2; again++)
            {
                var error = Assert.Throws<InputException>(() => slide.ReadRegion(0, 256, 256, side, side, rgb));
                Assert.Equal("slide-unreadable", error.Code);
                Assert.Contains("tile 1 across and 1 down", error.Message);
                Assert.Throws<InputException>(() => slide.TryReadShrunk(0, 2, 256, 256, side / 2, side / 2, rgb));
                slide.ReadRegion(0, 512, 256, side, side, rgb);
            }
        }
        Assert.True(slide.CachedBytes < 4 * 256 * 256 * 3, "a tile without pixels is not kept");
    }

    [Fact]
    public void A_tile_behind_the_end_of_the_file_is_damaged()
    {
        using var drawn = DrawnTiff.Write(512, 512, pyramid: false);
        Overwrite(drawn.Path, Entry(drawn.Path, 325), BitConverter.GetBytes(0x7FFFFFFF)); // byte count of the first tile
        using var slide = Assert.IsType<FastTiffSlide>(SlideFile.Open(drawn.Path));
        Assert.Equal("slide-unreadable", Assert.Throws<InputException>(() => slide.ReadRegion(0, 0, 0, 256, 256, new byte[256 * 256 * 3])).Code);
    }

    [Fact]
    public void A_tile_that_was_not_stored_is_what_OpenSlide_makes_of_it()
    {
        using var drawn = DrawnTiff.Write(512, 512, pyramid: false);
        Overwrite(drawn.Path, Entry(drawn.Path, 324), new byte[4]);
        Overwrite(drawn.Path, Entry(drawn.Path, 325), new byte[4]);
        using var fast = Assert.IsType<FastTiffSlide>(SlideFile.Open(drawn.Path));
        using var slow = SlideFile.Open(drawn.Path, reader: SlideReaderKind.OpenSlide);
        Assert.Equal(Outcome(slow), Outcome(fast));

        static string Outcome(ISlide slide)
        {
            var rgb = new byte[300 * 300 * 3];
            try
            {
                slide.ReadRegion(0, 0, 0, 300, 300, rgb);
                return Convert.ToBase64String(rgb);
            }
            catch (InputException error)
            {
                return error.Code;
            }
        }
    }

    [Fact]
    public void Structure_with_flipped_bytes_ends_in_a_named_refusal()
    {
        using var drawn = DrawnTiff.Write(512, 512);
        var healthy = File.ReadAllBytes(drawn.Path);
        var random = new Random(11);
        // The directories of libvips stand behind the pixels they name.
        var directories = Enumerable.Range(0, healthy.Length).Where(i => i < 8 || i > healthy.Length - 600).ToArray();
        for (int round = 0; round < 400; round++)
        {
            var broken = (byte[])healthy.Clone();
            for (int flips = random.Next(1, 6); flips > 0; flips--)
                broken[directories[random.Next(directories.Length)]] = (byte)random.Next(256);
            File.WriteAllBytes(drawn.Path, round % 10 == 0 ? broken[..random.Next(broken.Length)] : broken);
            long before = GC.GetAllocatedBytesForCurrentThread();
            using (var file = File.OpenHandle(drawn.Path))
                try
                {
                    TiffFile.ReadDirectories(file);
                }
                catch (InvalidDataException)
                {
                }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64L * healthy.Length + (1 << 20), $"round {round} took too much memory");
        }
    }

    [Fact]
    public void Flipped_bytes_anywhere_end_in_pixels_or_a_named_refusal()
    {
        using var drawn = DrawnTiff.Write(512, 400);
        var healthy = File.ReadAllBytes(drawn.Path);
        var random = new Random(12);
        var rgb = new byte[400 * 300 * 3];
        var outcomes = new Dictionary<string, int>();
        for (int round = 0; round < 150; round++)
        {
            var broken = (byte[])healthy.Clone();
            for (int flips = random.Next(1, 30); flips > 0; flips--)
                broken[random.Next(10) == 0 ? healthy.Length - 1 - random.Next(600) : random.Next(healthy.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(drawn.Path, broken);
            string outcome = "read";
            try
            {
                using var slide = SlideFile.Open(drawn.Path);
                slide.ReadRegion(0, 0, 0, 400, 300, rgb);
                slide.TryReadShrunk(0, 2, 0, 0, 200, 150, rgb);
                slide.ReadRegion(slide.Info.Levels.Count - 1, 1, 1, 100, 100, rgb);
            }
            catch (InputException error)
            {
                outcome = error.Code;
            }
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }
        Assert.True(outcomes.GetValueOrDefault("slide-unreadable") > 5, string.Join(", ", outcomes));
        Assert.True(outcomes.GetValueOrDefault("read") > 5, string.Join(", ", outcomes));
    }

    [Fact]
    public void Directories_that_form_a_ring_are_refused()
    {
        byte[] ring = [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 0];
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, ring);
            using var file = File.OpenHandle(path);
            Assert.Throws<InvalidDataException>(() => TiffFile.ReadDirectories(file));
        }
        finally
        {
            File.Delete(path);
        }
    }

    static (long At, long Count) Tile(string path, int number)
    {
        using var file = File.OpenHandle(path);
        var first = TiffFile.ReadDirectories(file)[0];
        return (first.TileOffsets[number], first.TileByteCounts[number]);
    }

    // Where the value (an offset to numbers, or several numbers) of a tag of the first directory begins; little endian, classic.
    static long Entry(string path, int tag)
    {
        var bytes = File.ReadAllBytes(path);
        int at = BitConverter.ToInt32(bytes, 4);
        for (int i = 0; i < BitConverter.ToUInt16(bytes, at); i++)
            if (BitConverter.ToUInt16(bytes, at + 2 + i * 12) == tag)
                return BitConverter.ToInt32(bytes, at + 2 + i * 12 + 8);
        throw new InvalidOperationException($"There is no tag {tag}.");
    }

    static void Overwrite(string path, long at, byte[] bytes)
    {
        using var file = File.OpenHandle(path, access: FileAccess.Write);
        RandomAccess.Write(file, bytes, at);
    }
}
