using Mhim.Features;
using Mhim.Tiling.Heatmaps;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tests.Slides;
using Mhim.Tiling.Viewer;
using SkiaSharp;

namespace Mhim.Tiling.Tests.Viewer;

public sealed class DamagedRegionTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-damaged-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static bool IsHatched(byte r, byte g, byte b) => r == g && g == b && r is 110 or 190;

    [SlideFact]
    public void A_thumbnail_shows_what_can_be_read_and_hatches_the_rest()
    {
        using var slide = SlideFile.Open(DamagedSlide.Make(folder));
        using var whole = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        var (damaged, known) = (Thumbnail.Read(slide, 1000), Thumbnail.Read(whole, 1000));
        Assert.Equal((known.Image.Width, known.Image.Height, known.Downsample), (damaged.Image.Width, damaged.Image.Height, damaged.Downsample));
        int Hatched(int i) => IsHatched(damaged.Image.Rgb[i], damaged.Image.Rgb[i + 1], damaged.Image.Rgb[i + 2]) ? 1 : 0;
        int at = ((int)(DamagedSlide.Y / damaged.Downsample) * damaged.Image.Width + (int)(DamagedSlide.X / damaged.Downsample)) * 3;
        Assert.Equal(1, Hatched(at));
        var pixels = Enumerable.Range(0, damaged.Image.Rgb.Length / 3).ToList();
        Assert.InRange(pixels.Average(i => Hatched(3 * i)), 0.05, 0.75);
        Assert.All(pixels.Where(i => Hatched(3 * i) == 0), i =>
        {
            for (int c = 3 * i; c < 3 * i + 3; c++)
                Assert.InRange(damaged.Image.Rgb[c] - known.Image.Rgb[c], -1, 1);
        });
    }

    [SlideFact]
    public void A_heatmap_and_its_top_tiles_are_drawn_all_the_same()
    {
        using var slide = SlideFile.Open(DamagedSlide.Make(folder));
        var geometry = new TileGeometry(256, 256, 0, 0.499, 0.499, slide.Info.Width, slide.Info.Height);
        TileCoord[] coords = [new(0, 0), new(DamagedSlide.X, DamagedSlide.Y)];
        Assert.NotEmpty(Heatmap.Render(slide, coords, geometry, [0.5f, 1f], new HeatmapOptions(MaxSide: 600)));
        var tops = TopTiles.Cut(slide, coords, geometry, [0.5f, 1f], 2);
        using var first = SKBitmap.Decode(tops[0].Png);
        using var second = SKBitmap.Decode(tops[1].Png);
        Assert.All(first.Pixels, pixel => Assert.True(IsHatched(pixel.Red, pixel.Green, pixel.Blue)));
        Assert.DoesNotContain(second.Pixels, pixel => IsHatched(pixel.Red, pixel.Green, pixel.Blue));
        // What is computed on is still refused.
        Assert.Equal("slide-unreadable", Assert.Throws<InputException>(() => SlideRegion.Read(slide, DamagedSlide.X, DamagedSlide.Y, 1, 256, 256)).Code);
    }
}
