using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using Mhim.Tiling.Viewer;
using Xunit;

namespace Mhim.Tiling.Tests.Slides.Fast;

public class ShrunkReadTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_shrunk_read_shows_the_mean_of_the_same_place(int shrink)
    {
        using var drawn = DrawnTiff.Write(1203, 987, quality: 90);
        using var slide = SlideFile.Open(drawn.Path);
        const int side = 96;
        long x = 17 * shrink, y = 9 * shrink;
        var shrunk = new byte[side * side * 3];
        Assert.True(slide.TryReadShrunk(0, shrink, x, y, side, side, shrunk));

        double there = MeanDifference(shrunk, Mean(slide, x, y, side, shrink));
        Assert.True(there < 4, $"{there:0.00} grey levels from the mean of {shrink}×{shrink} pixels");
        foreach (var (right, down) in new[] { (1, 0), (-1, 0), (0, 1), (0, -1) })
        {
            double beside = MeanDifference(shrunk, Mean(slide, x + right * shrink / 2, y + down * shrink / 2, side, shrink));
            Assert.True(there < beside, $"half a pixel to ({right}, {down}) fits better: {beside:0.00} against {there:0.00}");
        }
    }

    [Fact]
    public void A_shrunk_read_is_white_outside_the_slide_and_the_same_in_parts()
    {
        using var drawn = DrawnTiff.Write(600, 500);
        using var slide = SlideFile.Open(drawn.Path);
        var whole = new byte[320 * 270 * 3];
        Assert.True(slide.TryReadShrunk(0, 2, -20, -10, 320, 270, whole));
        Assert.Equal([255, 255, 255], whole[..3]);
        Assert.Equal([255, 255, 255], whole[^3..]);
        Assert.NotEqual([255, 255, 255], whole.AsSpan((5 * 320 + 10) * 3, 3).ToArray());

        var part = new byte[50 * 40 * 3];
        Assert.True(slide.TryReadShrunk(0, 2, 180, 210, 50, 40, part)); // (100, 110) of the whole; over four tiles
        for (int row = 0; row < 40; row++)
            Assert.Equal(whole.AsSpan(((110 + row) * 320 + 100) * 3, 150).ToArray(), part.AsSpan(row * 150, 150).ToArray());
    }

    [Fact]
    public void Without_JPEG_tiles_or_a_factor_of_the_decoder_the_answer_is_no()
    {
        var rgb = new byte[64 * 64 * 3];
        using var lossless = DrawnTiff.Write(300, 300, NetVips.Enums.ForeignTiffCompression.Deflate);
        using (var slide = SlideFile.Open(lossless.Path))
            Assert.False(slide.TryReadShrunk(0, 2, 0, 0, 64, 64, rgb));
        using var jpeg = DrawnTiff.Write(300, 300);
        using (var slide = SlideFile.Open(jpeg.Path))
            foreach (int shrink in new[] { 0, 1, 3, 16 })
                Assert.False(slide.TryReadShrunk(0, shrink, 0, 0, 64, 64, rgb));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2.5, 2)]
    [InlineData(9, 8)]
    [InlineData(1.9, 1)]
    public void A_region_between_the_levels_is_what_OpenSlide_gives(double downsample, int shrink)
    {
        Assert.Equal(shrink, SlideRegion.ShrinkFor(downsample));
        using var drawn = DrawnTiff.Write(1203, 987, quality: 90, pyramid: false);
        using var fast = SlideFile.Open(drawn.Path);
        using var slow = SlideFile.Open(drawn.Path, reader: SlideReaderKind.OpenSlide);
        double difference = MeanDifference(Shrunk(fast, downsample), SlideRegion.Read(slow, 33.3, 21, downsample, 90, 80).Rgb);
        Assert.True(difference < 4, $"{difference:0.00} grey levels");
    }

    [SlideFact]
    public void Without_the_decoders_shrinking_both_readers_give_the_same_bytes()
    {
        var path = TestSlides.Of("CMU-1-Small-Region.svs");
        using var fast = SlideFile.Open(path);
        using var slow = SlideFile.Open(path, reader: SlideReaderKind.OpenSlide);
        foreach (double downsample in new[] { 1, 1.887, 2, 3.3 })
            Assert.Equal(SlideRegion.Read(slow, 301, 402, downsample, 256, 256).Rgb, SlideRegion.Read(fast, 301, 402, downsample, 256, 256).Rgb);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Both_decoders_give_the_same_pixels(int shrink)
    {
        using var drawn = DrawnTiff.Write(256, 256, pyramid: false);
        using var file = File.OpenHandle(drawn.Path);
        var directory = Assert.Single(TiffFile.ReadDirectories(file));
        var stream = new JpegTileStream(directory);
        var jpeg = new byte[stream.TileAt + directory.TileByteCounts[0]];
        RandomAccess.Read(file, jpeg.AsSpan(stream.TileAt), directory.TileOffsets[0]);
        Assert.Equal(TileOutcome.Decoded, stream.Complete(jpeg));

        int side = 256 / shrink;
        byte[] skia = new byte[side * side * 3], turbo = new byte[side * side * 3];
        Assert.True(SkiaJpeg.Decode(jpeg, side, side, skia));
        if (TurboJpeg.Available)
        {
            Assert.True(TurboJpeg.Decode(jpeg, side, side, turbo));
            Assert.True(MeanDifference(turbo, skia) < 0.01, "the decoders differ");
        }

        // Into a larger picture: the same rows, and nothing between them.
        int stride = side * 3 + 7;
        foreach (bool turbos in new[] { false, TurboJpeg.Available })
        {
            var wide = new byte[stride * side - 7];
            Assert.True(turbos ? TurboJpeg.Decode(jpeg, side, side, wide, stride) : SkiaJpeg.Decode(jpeg, side, side, wide, stride));
            for (int y = 0; y < side; y++)
            {
                Assert.Equal((turbos ? turbo : skia).AsSpan(y * side * 3, side * 3).ToArray(), wide.AsSpan(y * stride, side * 3).ToArray());
                Assert.DoesNotContain(wide.AsSpan(y * stride)[(side * 3)..].ToArray().Take(7), value => value != 0);
            }
        }
    }

    static byte[] Shrunk(ISlide slide, double downsample)
    {
        var rgb = new byte[90 * 80 * 3];
        SlideRegion.Read(slide, 33.3, 21, downsample, 90, 80, rgb, decoderShrinks: true);
        return rgb;
    }

    static byte[] Mean(ISlide slide, long x, long y, int side, int shrink)
    {
        int full = side * shrink;
        var rgb = new byte[full * full * 3];
        slide.ReadRegion(0, x, y, full, full, rgb);
        var mean = new byte[side * side * 3];
        for (int i = 0; i < mean.Length; i++)
        {
            int left = i / 3 % side * shrink, top = i / 3 / side * shrink, sum = 0;
            for (int dy = 0; dy < shrink; dy++)
                for (int dx = 0; dx < shrink; dx++)
                    sum += rgb[((top + dy) * full + left + dx) * 3 + i % 3];
            mean[i] = (byte)(sum / (shrink * shrink));
        }
        return mean;
    }

    static double MeanDifference(byte[] one, byte[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Average();
}
