using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using Xunit;

namespace Mhim.Tiling.Tests.Slides.Fast;

public class TileReturnsTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)] // tiles of two, one apart: half of each is the next one's
    public void Tiles_are_kept_where_a_walk_comes_back_to_them(int step, bool kept)
    {
        var returns = new TileReturns();
        int worth = 0, asked = 0;
        for (int y = 0; y < 20; y += step)
            for (int x = 0; x < 390; x += step)
                foreach (var (right, down) in new[] { (0, 0), (1, 0), (0, 1), (1, 1) })
                {
                    worth += returns.AreWorthKeeping(new TileKey(0, 1, (y + down) * 391 + x + right)) ? 1 : 0;
                    asked++;
                }
        Assert.InRange(worth / (double)asked, kept ? 0.95 : 0, kept ? 1 : 0.01);
    }

    [Fact]
    public void A_walk_along_the_tiles_holds_none_and_one_that_overlaps_decodes_each_about_once()
    {
        using var drawn = DrawnTiff.Write(2048, 2048, pyramid: false);
        long Held(int step)
        {
            using var slide = Assert.IsType<FastTiffSlide>(SlideFile.Open(drawn.Path));
            var rgb = new byte[256 * 256 * 3];
            for (int y = 0; y + 512 <= 2048; y += step)
                for (int x = 0; x + 512 <= 2048; x += step)
                    Assert.True(slide.TryReadMean(0, 2, x, y, 256, 256, rgb));
            return slide.CachedBytes / (256 * 256 * 3);
        }
        long Unaligned(int cacheMB)
        {
            using var slide = Assert.IsType<FastTiffSlide>(SlideFile.Open(drawn.Path, cacheMB: cacheMB));
            for (int y = 100; y < 1800; y += 200)
                slide.ReadRegion(0, 100, y, 1900, 200, new byte[1900 * 200 * 3]);
            return slide.CachedBytes >> 20;
        }
        Assert.InRange(Unaligned(2), 1, 2);
        Assert.InRange(Unaligned(192), 8, 32);
        Assert.Equal(0, Held(512));
        Assert.InRange(Held(256), 50, 64);
    }
}
