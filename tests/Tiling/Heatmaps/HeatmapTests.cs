using System.Text.Json;
using Mhim.Features;
using Mhim.Tiling.Heatmaps;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;
using SkiaSharp;

namespace Mhim.Tiling.Tests.Heatmaps;

public sealed class HeatmapTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-heatmaps-").FullName;
    static readonly TileGeometry Geometry = new(200, 200, 0, 0.5, 0.5, 1000, 800);

    public void Dispose() => Directory.Delete(folder, true);

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
    public void A_slide_where_all_scores_are_equal_can_be_drawn()
    {
        using var slide = new DrawnSlide(1000, 800);
        Assert.NotEmpty(Heatmap.Render(slide, [new(0, 0), new(200, 0)], Geometry, [0.5f, 0.5f], new HeatmapOptions()));
        Assert.NotEmpty(Heatmap.Render(slide, [], Geometry, [], new HeatmapOptions()));
    }

    [Fact]
    public void GeoJson_has_closed_squares_in_level_0_pixels_with_measurements()
    {
        var path = Path.Combine(folder, "tiles.geojson");
        TileGeoJson.Write(path, [new(10, 20), new(5_000_000_000, 7)], Geometry,
            new Dictionary<string, float[]> { ["attention"] = [0.25f, float.NaN], ["score tumour"] = [1f, 0.5f] });
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var features = json.RootElement.GetProperty("features");
        Assert.Equal("FeatureCollection", json.RootElement.GetProperty("type").GetString());
        Assert.Equal("[[[10,20],[210,20],[210,220],[10,220],[10,20]]]", features[0].GetProperty("geometry").GetProperty("coordinates").GetRawText());
        Assert.Equal(5_000_000_200, features[1].GetProperty("geometry").GetProperty("coordinates")[0][1][0].GetInt64());
        Assert.Equal("""{"objectType":"tile","measurements":{"attention":0.25,"score tumour":1},"isLocked":true}""",
            features[0].GetProperty("properties").GetRawText());
        Assert.False(features[1].GetProperty("properties").GetProperty("measurements").TryGetProperty("attention", out _));
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
