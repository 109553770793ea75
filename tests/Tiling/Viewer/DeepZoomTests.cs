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
        for (int level = zoom.LevelCount - 1; level >= 0; level--)
        {
            int factor = 1 << zoom.LevelCount - 1 - level;
            var size = zoom.SizeOf(level);
            int lastColumn = (int)((size.Width - 1) / 254), lastRow = (int)((size.Height - 1) / 254);
            // The first tile, and the last one, whose pixels at the edge may cover less than a whole square.
            foreach (var (column, row) in new HashSet<(int, int)> { (0, 0), (lastColumn, lastRow) })
            {
                var tile = zoom.Pixels(level, column, row)!;
                int left = Math.Max(0, column * 254 - 1), top = Math.Max(0, row * 254 - 1);
                Assert.Equal((Math.Min(size.Width, column * 254 + 255), Math.Min(size.Height, row * 254 + 255)), (left + tile.Width, top + tile.Height));
                double worst = 0, lost = 0;
                using var jpeg = SKBitmap.Decode(zoom.Tile(level, column, row));
                Assert.Equal((tile.Width, tile.Height), (jpeg.Width, jpeg.Height));
                for (int y = 0; y < tile.Height; y++)
                    for (int x = 0; x < tile.Width; x++)
                    {
                        var rgb = tile.Rgb.AsSpan((y * tile.Width + x) * 3, 3);
                        var shown = jpeg.GetPixel(x, y);
                        worst = Math.Max(worst, Math.Abs(MeanRed((left + x) * factor, (top + y) * factor, factor) - rgb[0]));
                        lost += Math.Abs(Luma(shown.Red, shown.Green, shown.Blue) - Luma(rgb[0], rgb[1], rgb[2])); // colour is halved in JPEG
                    }
                lost /= tile.Width * tile.Height;
                double allowed = Math.Min(tile.Width, tile.Height) < 16 ? 6 : 4; // a slide in fewer pixels than a JPEG block is all edges
                Assert.True(worst < 0.51, $"level {level} ({column}, {row}): up to {worst:F2} grey levels off");
                Assert.True(lost < allowed, $"level {level} ({column}, {row}): JPEG loses {lost:F2} grey levels on average");
                Assert.Null(zoom.Tile(level, lastColumn + 1, row));
            }
        }

        static double Luma(byte r, byte g, byte b) => 0.299 * r + 0.587 * g + 0.114 * b;

        double MeanRed(int left, int top, int side)
        {
            int right = Math.Min(left + side, 2220), bottom = Math.Min(top + side, 2967);
            long sum = 0;
            for (int y = top; y < bottom; y++)
                for (int x = left; x < right; x++)
                    sum += full[(y * 2220 + x) * 3];
            return sum / (double)((right - left) * (bottom - top));
        }
    }
}
