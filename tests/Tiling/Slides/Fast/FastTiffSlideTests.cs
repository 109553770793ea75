using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using NetVips;
using Xunit;

namespace Mhim.Tiling.Tests.Slides.Fast;

public class FastTiffSlideTests
{
    [SlideFact]
    public void An_Aperio_slide_whose_tiles_are_coded_as_RGB_has_OpenSlides_pixels() =>
        SamePixels(TestSlides.Of("CMU-1-Small-Region.svs"), seed: 1, regions: 40);

    [Theory]
    [InlineData(75, false, 256)]
    [InlineData(95, false, 240)] // from 90 on libvips leaves the chroma at full size
    [InlineData(60, true, 512)]
    public void A_pyramid_has_OpenSlides_pixels_on_every_level(int quality, bool big, int tile)
    {
        using var drawn = DrawnTiff.Write(1503, 1187, quality: quality, big: big, tile: tile);
        SamePixels(drawn.Path, seed: quality, regions: 40);
    }

    [Fact]
    public void Whole_levels_and_what_lies_around_them_have_OpenSlides_pixels()
    {
        using var drawn = DrawnTiff.Write(700, 530);
        using var fast = Fast(drawn.Path);
        using var slow = SlideFile.Open(drawn.Path, reader: SlideReaderKind.OpenSlide);
        foreach (var (level, x, y, width, height) in new[] { (0, -33L, -20L, 800, 600), (1, -64L, -32L, 420, 330), (0, 5000L, 0L, 40, 30), (0, 256L, 256L, 256, 256) })
            AssertSame(fast, slow, level, x, y, width, height);
    }

    [Theory]
    [InlineData(Enums.ForeignTiffCompression.Deflate)]
    [InlineData(Enums.ForeignTiffCompression.Lzw)]
    public void Other_codings_are_left_to_OpenSlide(Enums.ForeignTiffCompression compression)
    {
        using var drawn = DrawnTiff.Write(600, 400, compression);
        using var slide = SlideFile.Open(drawn.Path);
        Assert.IsNotType<FastTiffSlide>(slide);
    }

    [SlideFact]
    public void Other_formats_are_left_to_OpenSlide()
    {
        using var slide = SlideFile.Open(TestSlides.Of("fluorescence-DAPI.ndpi"));
        Assert.IsNotType<FastTiffSlide>(slide);
    }

    [Fact]
    public void Many_threads_read_what_one_reads()
    {
        using var drawn = DrawnTiff.Write(1503, 1187);
        using var slide = Fast(drawn.Path);
        var places = Enumerable.Range(0, 60).Select(i => (X: i * 97L % 1300, Y: i * 61L % 1000)).ToArray();
        byte[] Read(ISlide from, int i)
        {
            var rgb = new byte[224 * 224 * 3];
            from.ReadRegion(0, places[i].X, places[i].Y, 224, 224, rgb);
            return rgb;
        }
        var together = new byte[places.Length][];
        Parallel.For(0, places.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => together[i] = Read(slide, i));
        using var alone = Fast(drawn.Path);
        for (int i = 0; i < places.Length; i++)
            Assert.Equal(Read(alone, i), together[i]);
    }

    static ISlide Fast(string path) => Assert.IsType<FastTiffSlide>(SlideFile.Open(path));

    static void SamePixels(string path, int seed, int regions)
    {
        using var fast = Fast(path);
        using var slow = SlideFile.Open(path, reader: SlideReaderKind.OpenSlide);
        Assert.Equal(slow.Info.Levels, fast.Info.Levels);
        var random = new Random(seed);
        for (int i = 0; i < regions; i++)
            AssertSame(fast, slow, random.Next(fast.Info.Levels.Count), random.NextInt64(-100, fast.Info.Width), random.NextInt64(-100, fast.Info.Height),
                random.Next(1, 400), random.Next(1, 400));
    }

    static void AssertSame(ISlide fast, ISlide slow, int level, long x, long y, int width, int height)
    {
        byte[] one = new byte[width * height * 3], other = new byte[width * height * 3];
        fast.ReadRegion(level, x, y, width, height, one);
        slow.ReadRegion(level, x, y, width, height, other);
        int worst = 0, at = 0;
        for (int i = 0; i < one.Length; i++)
            if (Math.Abs(one[i] - other[i]) > worst)
                (worst, at) = (Math.Abs(one[i] - other[i]), i);
        Assert.True(worst <= 2, $"Level {level} ({x}, {y}) {width}×{height}: {worst} grey levels at ({at / 3 % width}, {at / 3 / width}): {one[at]}, OpenSlide {other[at]}.");
    }
}
