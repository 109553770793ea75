using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Tests.Viewer;

public sealed class SlideRegionTests
{
    [Fact]
    public void An_output_pixel_is_the_mean_over_the_area_it_covers()
    {
        byte[] source = [10, 0, 0, 20, 0, 0, 30, 0, 0, 40, 0, 0, 50, 0, 0, 60, 0, 0];
        var output = new byte[4 * 3];
        AreaResampler.Resample(_ => source, new(0, 1.5, 6, 6), new(0, 1.5, 1, 1), 4, 1, output);
        // 10 + half of 20; half of 20 + 30; 40 + half of 50; half of 50 + 60: each over 1.5. The one row covers all that there is.
        Assert.Equal([13, 27, 43, 57], output.Chunk(3).Select(pixel => (int)pixel[0]));
    }

    [Fact]
    public void A_uniform_picture_stays_uniform_at_any_scale()
    {
        var source = Enumerable.Repeat((byte)200, 31 * 17 * 3).ToArray();
        foreach (var scale in new[] { 0.7, 1.0, 1.37, 3.0, 16.9 })
        {
            int width = (int)(31 / scale), height = (int)(17 / scale);
            var output = new byte[width * height * 3];
            AreaResampler.Resample(row => source.AsSpan(row * 31 * 3, 31 * 3), new(0, scale, 31, 31), new(0, scale, 17, 17), width, height, output);
            Assert.All(output, value => Assert.Equal(200, value));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3.9, 0)]
    [InlineData(4.001, 1)]
    [InlineData(100, 2)]
    public void Pixels_come_from_the_smallest_level_that_is_not_coarser(double downsample, int level)
    {
        using var slide = new DrawnSlide(8000, 8000, null, 4.0, 16.0);
        Assert.Equal(level, SlideRegion.Read(slide, 0, 0, downsample, 2, 2).Rgb[2]);
    }

    [Fact]
    public void A_region_read_in_strips_is_the_region_read_at_once()
    {
        using var slide = new DrawnSlide(6000, 5000); // 30 million source pixels: two strips
        var whole = SlideRegion.Read(slide, 0, 0, 10, 600, 500);
        var lower = SlideRegion.Read(slide, 0, 4000, 10, 600, 100);
        Assert.Equal(lower.Rgb, whole.Rgb.AsSpan(400 * 600 * 3).ToArray());
    }

    [Fact]
    public void Outside_the_slide_is_white()
    {
        using var slide = new DrawnSlide(100, 100);
        var image = SlideRegion.Read(slide, -50, 0, 1, 60, 1);
        Assert.Equal((255, 0), (image.Rgb[49 * 3], image.Rgb[50 * 3]));
    }

    [Fact]
    public void A_thumbnail_shows_the_scanned_part_and_is_never_magnified()
    {
        using var slide = new DrawnSlide(1000, 800, new SlideBounds(400, 200, 400, 200));
        var small = Thumbnail.Read(slide, 100);
        Assert.Equal((100, 50, 4.0), (small.Image.Width, small.Image.Height, small.Downsample));
        Assert.Equal((100, 50), (small.Image.Rgb[0], small.Image.Rgb[1])); // column 400 / 4, row 200 / 4
        Assert.Equal((400, 200), (Thumbnail.Read(slide, 5000).Image.Width, Thumbnail.Read(slide, 5000).Image.Height));
    }

    [Fact]
    public void A_pixel_that_reaches_beyond_the_slide_is_the_mean_of_what_there_is()
    {
        using var slide = new DrawnSlide(100, 100);
        var image = SlideRegion.Read(slide, 0, 0, 64, 3, 1);
        // Columns 64 to 99 in units of four pixels: 16 to 24, mean 20. The third pixel is wholly outside.
        Assert.Equal((20, 255), (image.Rgb[3], image.Rgb[6]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(3)] // from the level of 2: an output pixel is one and a half of its pixels
    public void The_far_edge_of_a_large_slide_is_shown_at_its_place_though_the_stated_factor_is_a_mean(int factor)
    {
        using var slide = new HalvedSlide(100_001, 40_003, 6);
        long column = 100_001 / factor - 8, row = 40_003 / factor - 8;
        var image = SlideRegion.Read(slide, column * factor, row * factor, factor, 8, 8);
        for (int i = 0; i < 64; i++)
        {
            // Shades rise by one in 16 pixels of level 0.
            Assert.Equal(((column + i % 8 + 0.5) * factor - 99_000) / 16, image.Rgb[3 * i], 0.55);
            Assert.Equal(((row + i / 8 + 0.5) * factor - 39_000) / 16, image.Rgb[3 * i + 1], 0.55);
        }
    }

    [Fact]
    public void A_column_that_the_pyramid_dropped_is_no_white_line()
    {
        using var slide = new HalvedSlide(100_001, 40_003, 6);
        var zoom = new DeepZoom(slide);
        for (int level = zoom.LevelCount - 2; level > zoom.LevelCount - 8; level--)
        {
            var size = zoom.SizeOf(level);
            var last = zoom.Pixels(level, (int)((size.Width - 1) / 254), (int)((size.Height - 1) / 254))!;
            Assert.InRange(last.Rgb[^3], 50, 70);
            Assert.InRange(last.Rgb[^2], 50, 70);
        }
    }

    [Fact]
    public void A_slide_without_a_pyramid_shrinks_to_one_pixel_in_little_memory()
    {
        using var slide = new PlainSlide(20_000, 12_000); // 240 million pixels: 720 MB
        var zoom = new DeepZoom(slide);
        Assert.Equal([120, 60, 200], zoom.Pixels(0, 0, 0)!.Rgb);
        Assert.InRange(slide.LargestRead, 1, 16_000_000);
    }
}

/// <summary>One colour, one level, and how much was asked for at once.</summary>
sealed class PlainSlide(int width, int height) : ISlide
{
    readonly DrawnSlide drawn = new(width, height);

    public long LargestRead { get; private set; }

    public string Path => "plain";

    public SlideInfo Info => drawn.Info;

    public void ReadRegion(int level, long x0, long y0, int w, int h, Span<byte> rgb)
    {
        LargestRead = Math.Max(LargestRead, (long)w * h);
        rgb = rgb[..(w * h * 3)];
        ((byte[])[120, 60, 200]).CopyTo(rgb);
        for (int filled = 3; filled < rgb.Length; filled *= 2)
            rgb[..Math.Min(filled, rgb.Length - filled)].CopyTo(rgb[filled..]);
    }

    public void Dispose()
    {
    }
}

/// <summary>
/// A pyramid by halves whose odd last columns are dropped, with factors as OpenSlide states them: the mean of the ratios of the sizes. The far corner shows
/// where a pixel is: R rises by one every 16 columns from 99,000 on, G every 16 rows from 39,000 on.
/// </summary>
sealed class HalvedSlide : ISlide
{
    internal HalvedSlide(int width, int height, int levels) => Info = new SlideInfo("drawn", width, height,
        [.. Enumerable.Range(0, levels).Select(level => new SlideLevel(width >> level, height >> level,
            (width / (double)(width >> level) + height / (double)(height >> level)) / 2))],
        new Resolution(0.5, ResolutionSource.User, null, null), null, null, null, [], new Dictionary<string, string>());

    public string Path => "drawn";

    public SlideInfo Info { get; }

    public void ReadRegion(int level, long x0, long y0, int w, int h, Span<byte> rgb)
    {
        var size = Info.Levels[level];
        for (int i = 0; i < w * h; i++)
        {
            double x = Math.Round(x0 / size.Downsample) + i % w, y = Math.Round(y0 / size.Downsample) + i / w;
            var pixel = rgb.Slice(i * 3, 3);
            if (x >= size.Width || y >= size.Height)
                pixel.Fill(255);
            else
                (pixel[0], pixel[1]) = (Shade((x + 0.5) * (1 << level) - 99_000), Shade((y + 0.5) * (1 << level) - 39_000));
        }
    }

    public void Dispose()
    {
    }

    static byte Shade(double place) => (byte)Math.Round(Math.Clamp(place / 16, 0, 200));
}
