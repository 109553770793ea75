using System.Xml.Linq;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;
using SkiaSharp;

namespace Mhim.Tiling.Tests.Viewer;

public sealed class DeepZoomTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(256, 256, 9)]
    [InlineData(257, 100, 10)]
    public void Levels_go_down_to_one_pixel(int width, int height, int levels)
    {
        using var slide = new DrawnSlide(width, height);
        var zoom = new DeepZoom(slide);
        Assert.Equal(levels, zoom.LevelCount);
        Assert.Equal((width, height), ((int)zoom.SizeOf(levels - 1).Width, (int)zoom.SizeOf(levels - 1).Height));
        Assert.Equal((1L, 1L), zoom.SizeOf(0));
    }

    [Fact]
    public void The_document_names_size_tile_and_overlap()
    {
        using var slide = new DrawnSlide(1000, 800, new SlideBounds(10, 20, 300, 200));
        var image = XDocument.Parse(new DeepZoom(slide).Dzi).Root!;
        XNamespace dz = "http://schemas.microsoft.com/deepzoom/2008";
        Assert.Equal(("jpeg", "1", "254"), ((string?)image.Attribute("Format"), (string?)image.Attribute("Overlap"), (string?)image.Attribute("TileSize")));
        Assert.Equal(("300", "200"), ((string?)image.Element(dz + "Size")!.Attribute("Width"), (string?)image.Element(dz + "Size")!.Attribute("Height")));
    }

    [Fact]
    public void Tiles_overlap_inside_and_not_at_the_edges()
    {
        using var slide = new DrawnSlide(600, 500);
        var zoom = new DeepZoom(slide);
        int top = zoom.LevelCount - 1;
        (int, int)? SizeOf(int column, int row) => zoom.Pixels(top, column, row) is { } image ? (image.Width, image.Height) : null;
        Assert.Equal((255, 255), SizeOf(0, 0));
        Assert.Equal((256, 247), SizeOf(1, 1)); // 253..509, 253..500
        Assert.Equal((93, 255), SizeOf(2, 0));  // 507..600
        Assert.Null(SizeOf(3, 0));
        Assert.Null(SizeOf(0, 2));
        Assert.Null(zoom.Tile(top + 1, 0, 0));
        Assert.Null(zoom.Tile(-1, 0, 0));
        Assert.Null(zoom.Tile(top, -1, 0));
    }

    [Fact]
    public void A_tile_shows_its_place_at_every_level_with_bounds()
    {
        using var slide = new DrawnSlide(3000, 3000, new SlideBounds(400, 800, 2048, 2048));
        var zoom = new DeepZoom(slide);
        for (int level = zoom.LevelCount - 1; level >= 9; level--)
        {
            int factor = 1 << zoom.LevelCount - 1 - level;
            var tile = zoom.Pixels(level, 1, 0)!;
            // Its first column is one pixel of overlap: level pixel 253, level-0 column 400 + 253·factor, in units of four pixels.
            double mean = Enumerable.Range(0, factor).Average(i => (400 + 253 * factor + i) / 4 % 200);
            Assert.Equal(mean, tile.Rgb[0], 0.51);
        }
    }

    [SlideFact]
    public void Tiles_of_a_real_slide_are_its_pixels_at_every_level()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        var full = new byte[2220 * 2967 * 3];
        slide.ReadRegion(0, 0, 0, 2220, 2967, full);
        var zoom = new DeepZoom(slide);
        for (int level = zoom.LevelCount - 1; level >= 8; level--)
        {
            int factor = 1 << zoom.LevelCount - 1 - level;
            using var tile = SKBitmap.Decode(zoom.Tile(level, 0, 0));
            double difference = 0;
            for (int y = 0; y < 64; y++)
                for (int x = 0; x < 64; x++)
                {
                    double red = 0;
                    for (int dy = 0; dy < factor; dy++)
                        for (int dx = 0; dx < factor; dx++)
                            red += full[((y * factor + dy) * 2220 + x * factor + dx) * 3];
                    difference += Math.Abs(red / factor / factor - tile.GetPixel(x, y).Red);
                }
            Assert.True(difference / 4096 < 4, $"level {level}: {difference / 4096:F2} grey levels on average");
        }
    }
}
