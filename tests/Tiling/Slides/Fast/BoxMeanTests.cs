using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using Mhim.Tiling.Viewer;
using Xunit;

namespace Mhim.Tiling.Tests.Slides.Fast;

public class BoxMeanTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public void Every_width_gives_the_plain_formula_to_the_bit(int factor)
    {
        var random = new Random(factor);
        foreach (int width in (int[])[1, 2, 3, 4, 5, 7, 8, 11, 16, 63, 64, 255, 256, 257, 600])
        {
            const int height = 3;
            int stride = width * factor * 3 + 5;
            var from = new byte[stride * height * factor];
            random.NextBytes(from);
            if (width % 2 == 0)
                Array.Fill(from, (byte)255); // the largest sums
            var to = new byte[width * height * 3];
            BoxMean.Shrink(from, stride, factor, width, height, to, width * 3);
            Assert.Equal(Plain(from, stride, factor, width, height), to);
        }
    }

    [Theory]
    [InlineData(2, 0, 0)]
    [InlineData(2, 512, 256)]     // along the stored tiles
    [InlineData(2, 100, 300)]     // parts of tiles
    [InlineData(4, 64, 8)]
    [InlineData(16, 16, 32)]
    public void A_region_of_a_slide_is_averaged_straight_from_its_tiles(int factor, int x, int y)
    {
        using var drawn = DrawnTiff.Write(1503, 1187, pyramid: false);
        using var slide = Assert.IsType<FastTiffSlide>(SlideFile.Open(drawn.Path));
        int width = (1503 - x) / factor / 2, height = (1187 - y) / factor / 2;
        var mean = new byte[width * height * 3];
        Assert.True(slide.TryReadMean(0, factor, x, y, width, height, mean));
        Assert.Equal(OfWhole(slide, x, y, factor, width, height), mean);
        Assert.Equal(mean, SlideRegion.Read(slide, x, y, factor, width, height).Rgb);
        using var other = SlideFile.Open(drawn.Path, reader: SlideReaderKind.OpenSlide);
        Assert.Equal(mean, SlideRegion.Read(other, x, y, factor, width, height).Rgb); // resampled from what OpenSlide reads
    }

    [Fact]
    public void A_level_of_a_pyramid_is_averaged_too()
    {
        using var drawn = DrawnTiff.Write(2048, 2048, tile: 128);
        using var slide = SlideFile.Open(drawn.Path);
        var mean = new byte[100 * 90 * 3];
        Assert.True(slide.TryReadMean(1, 2, 256, 512, 100, 90, mean));
        var whole = new byte[200 * 180 * 3];
        slide.ReadRegion(1, 256, 512, 200, 180, whole);
        Assert.Equal(Plain(whole, 600, 2, 100, 90), mean);
    }

    [Theory]
    [InlineData(2, 101, 0, 50, 50)]      // a pixel over the edge of a tile
    [InlineData(2, -2, 0, 50, 50)]
    [InlineData(2, 1400, 0, 52, 50)]     // beyond the slide
    [InlineData(3, 0, 0, 50, 50)]
    [InlineData(32, 0, 0, 5, 5)]
    public void What_does_not_fit_into_tiles_is_left_to_the_resampler(int factor, int x, int y, int width, int height)
    {
        using var drawn = DrawnTiff.Write(1503, 1187, pyramid: false);
        using var slide = SlideFile.Open(drawn.Path);
        Assert.False(slide.TryReadMean(0, factor, x, y, width, height, new byte[width * height * 3]));
        using var other = SlideFile.Open(drawn.Path, reader: SlideReaderKind.OpenSlide);
        Assert.Equal(SlideRegion.Read(other, x, y, factor, width, height).Rgb, SlideRegion.Read(slide, x, y, factor, width, height).Rgb);
    }

    static byte[] OfWhole(ISlide slide, int x, int y, int factor, int width, int height)
    {
        var whole = new byte[width * factor * height * factor * 3];
        slide.ReadRegion(0, x, y, width * factor, height * factor, whole);
        return Plain(whole, width * factor * 3, factor, width, height);
    }

    static byte[] Plain(byte[] from, int stride, int factor, int width, int height)
    {
        var mean = new byte[width * height * 3];
        for (int i = 0; i < mean.Length; i++)
        {
            int left = i / 3 % width * factor, top = i / 3 / width * factor, sum = 0;
            for (int dy = 0; dy < factor; dy++)
                for (int dx = 0; dx < factor; dx++)
                    sum += from[(top + dy) * stride + (left + dx) * 3 + i % 3];
            mean[i] = (byte)Math.Floor(sum / (double)(factor * factor) + 0.5);
        }
        return mean;
    }
}
