using Mhim.Features;
using Mhim.Tiling.Heatmaps;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;
using SkiaSharp;

namespace Mhim.Tiling.Tests.Heatmaps;

public sealed class HeatmapTests
{
    static readonly TileGeometry Geometry = new(200, 200, 0, 0.5, 0.5, 1000, 800);

    [Fact]
    public void A_tile_colours_just_the_thumbnail_pixels_under_it()
    {
        using var slide = new DrawnSlide(1000, 800, new SlideBounds(200, 0, 800, 800));
        // Downsample 8: the tile at (600, 200) lies at ((600 − 200) / 8, 200 / 8) = (50, 25) and is 25 wide.
        var png = Heatmap.Render(slide, [new(600, 200)], Geometry, [1f], new HeatmapOptions(MaxSide: 100, Low: 0, High: 1, Legend: false));
        using var map = SKBitmap.Decode(png);
        Assert.Equal((100, 100), (map.Width, map.Height));
        for (int y = 0; y < 100; y++)
            for (int x = 0; x < 100; x++)
            {
                var pixel = map.GetPixel(x, y);
                bool grey = pixel.Red == pixel.Green && pixel.Green == pixel.Blue;
                Assert.True(grey != (x is >= 50 and < 75 && y is >= 25 and < 50), $"({x}, {y}) is {pixel}");
            }
    }

    [Fact]
    public void Where_tiles_overlap_their_mean_is_shown()
    {
        using var slide = new DrawnSlide(1000, 800);
        var options = new HeatmapOptions(MaxSide: 100, Low: 0, High: 1, Legend: false);
        using var both = SKBitmap.Decode(Heatmap.Render(slide, [new(0, 0), new(100, 0)], Geometry, [0f, 1f], options));
        using var mean = SKBitmap.Decode(Heatmap.Render(slide, [new(0, 0)], Geometry, [0.5f], options));
        using var high = SKBitmap.Decode(Heatmap.Render(slide, [new(100, 0)], Geometry, [1f], options));
        Assert.Equal(mean.GetPixel(15, 10), both.GetPixel(15, 10)); // both tiles
        Assert.Equal(high.GetPixel(25, 10), both.GetPixel(25, 10)); // the second alone
        Assert.NotEqual(high.GetPixel(15, 10), both.GetPixel(15, 10));
    }

    [Fact]
    public void Neighbouring_tiles_leave_no_gap_and_no_overlap_at_any_scale()
    {
        foreach (var downsample in new[] { 3.0, 7.3, 31.7 })
            for (long start = 0; start < 2000; start += 100)
                Assert.Equal(Heatmap.PixelsOf(start, 100, downsample, 10_000).To, Heatmap.PixelsOf(start + 100, 100, downsample, 10_000).From);
    }

    [Fact]
    public void The_legend_stands_below_and_leaves_the_picture_where_it_is()
    {
        using var slide = new DrawnSlide(1000, 800);
        var without = Heatmap.Render(slide, [new(0, 0), new(200, 0)], Geometry, [0.1f, 0.9f], new HeatmapOptions(MaxSide: 500, Legend: false));
        var with = Heatmap.Render(slide, [new(0, 0), new(200, 0)], Geometry, [0.1f, 0.9f], new HeatmapOptions(MaxSide: 500));
        using var plain = SKBitmap.Decode(without);
        using var legend = SKBitmap.Decode(with);
        Assert.True(legend.Height > plain.Height);
        for (int y = 0; y < plain.Height; y += 7)
            for (int x = 0; x < plain.Width; x += 7)
                Assert.Equal(plain.GetPixel(x, y), legend.GetPixel(x, y));
    }

    [Fact]
    public void Lightness_rises_with_the_score()
    {
        double Luma(double share)
        {
            var (r, g, b) = ColourRamp.Of(share);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        }
        for (int i = 0; i < 50; i++)
            Assert.True(Luma((i + 1) / 50.0) > Luma(i / 50.0));
    }

    [Theory]
    [InlineData(4.9, 2)]
    [InlineData(5, 5)]
    [InlineData(1999, 1000)]
    [InlineData(0.3, 0.2)]
    public void Scale_bars_are_round_numbers(double limit, double length) => Assert.Equal(length, HeatmapLegend.NiceLength(limit), 1e-9);

    [Fact]
    public void Tiles_without_a_score_do_not_move_the_range()
    {
        var range = ScoreRange.Of([0.2f, float.NaN, 0.4f, float.NaN, 0.6f], null, null);
        Assert.Equal((0.2f, 0.6f), (range.Low, range.High));
        Assert.Equal((0.2f, 0.6f), (range.Least, range.Most));
    }

    [Fact]
    public void The_legend_changes_with_the_true_range_and_with_how_the_colours_were_cut()
    {
        // One odd tile in three hundred leaves the percentiles, so the bar with its numbers, as they are; only the line of small letters may tell.
        float[] even = [.. Enumerable.Range(0, 300).Select(i => 0.2f + i / 1000f)], odd = [.. even];
        odd[^1] = 0.9f;
        string Words(float[] scores, HeatmapOptions options)
        {
            using var slide = new DrawnSlide(1000, 800);
            using var map = SKBitmap.Decode(Heatmap.Render(slide, [.. scores.Select((_, i) => new TileCoord(i % 5 * 200, 0))], Geometry, scores, options));
            return string.Concat(Enumerable.Range(0, 10 * 380).Select(i => map.GetPixel(12 + i % 380, map.Height - 12 + i / 380).Red < 128 ? '#' : '.'));
        }
        var plain = Words(even, new HeatmapOptions());
        Assert.Contains('#', plain);
        Assert.NotEqual(plain, Words(odd, new HeatmapOptions()));
        Assert.NotEqual(plain, Words(even, new HeatmapOptions(Low: 0, High: 1)));
    }

    [Fact]
    public void Words_of_the_legend_fit_beside_each_other_in_the_narrowest_strip()
    {
        var longest = "scores -0.001 to 9999.999, " + HeatmapLegend.EndsOf(new HeatmapOptions(Low: 0));
        Assert.True(PixelFont.WidthOf(longest, 1) + PixelFont.WidthOf(HeatmapLegend.Notice, 1) + 3 * HeatmapLegend.Margin <= HeatmapLegend.LeastWidth);
    }

    [Fact]
    public void A_slide_where_all_scores_are_equal_can_be_drawn()
    {
        using var slide = new DrawnSlide(1000, 800);
        Assert.NotEmpty(Heatmap.Render(slide, [new(0, 0), new(200, 0)], Geometry, [0.5f, 0.5f], new HeatmapOptions()));
        Assert.NotEmpty(Heatmap.Render(slide, [], Geometry, [], new HeatmapOptions()));
    }

    [Fact]
    public void Top_tiles_come_by_score_and_equal_ones_by_place()
    {
        using var slide = new DrawnSlide(1000, 800);
        var tops = TopTiles.Cut(slide, [new(0, 0), new(200, 0), new(400, 0), new(600, 0)], Geometry, [0.2f, 0.9f, float.NaN, 0.9f], 3, 50);
        Assert.Equal([1, 3, 0], tops.Select(tile => tile.Index));
        Assert.Equal([1, 2, 3], tops.Select(tile => tile.Rank));
        using var picture = SKBitmap.Decode(tops[0].Png);
        Assert.Equal((50, 50, 50), (picture.Width, picture.Height, picture.GetPixel(0, 0).Red)); // column 200 / 4
    }

    [SlideFact]
    public void A_real_slide_can_be_drawn()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        var coords = new List<TileCoord>();
        var scores = new List<float>();
        for (int y = 0; y + 256 <= 2967; y += 256)
            for (int x = 0; x + 256 <= 2220; x += 256)
            {
                coords.Add(new TileCoord(x, y));
                scores.Add((float)Math.Exp(-(Math.Pow(x - 1200, 2) + Math.Pow(y - 900, 2)) / 5e5));
            }
        var geometry = new TileGeometry(256, 257, 0, 0.5, 0.499, 2220, 2967);
        var png = Heatmap.Render(slide, coords, geometry, scores.ToArray(), new HeatmapOptions(Title: "tumour, instance score"));
        if (Environment.GetEnvironmentVariable("MHIM_TEST_PICTURES") is { Length: > 0 } pictures)
            File.WriteAllBytes(Path.Combine(pictures, "heatmap.png"), png);
        using var map = SKBitmap.Decode(png);
        Assert.Equal(1024 + 76, map.Height);
    }
}
