using Mhim.Tiling.Slides.Fast;
using Xunit;

namespace Mhim.Tiling.Tests.Slides.Fast;

public class TileCacheTests
{
    [Fact]
    public void A_tile_is_decoded_once_until_others_push_it_out()
    {
        var cache = new TileCache(300);
        var decoded = new List<long>();
        void Read(long number)
        {
            using var tile = cache.Get(new TileKey(0, 1, number), 100, (key, rgb) =>
            {
                decoded.Add(key.Number);
                rgb.Fill((byte)key.Number);
                return TileOutcome.Decoded;
            });
            Assert.Equal((byte)number, tile.Rgb[99]);
        }
        foreach (long number in new long[] { 1, 2, 3, 1, 4, 1, 2 }) // 4 pushes out 2, the one used longest ago
            Read(number);
        Assert.Equal([1, 2, 3, 4, 2], decoded);
        Assert.Equal(300, cache.Held);
    }

    [Fact]
    public void A_tile_in_use_is_not_pushed_out()
    {
        var cache = new TileCache(100);
        static TileOutcome Fill(TileKey key, Span<byte> rgb)
        {
            rgb.Fill((byte)key.Number);
            return TileOutcome.Decoded;
        }
        using (var first = cache.Get(new TileKey(0, 1, 1), 100, Fill))
        {
            cache.Get(new TileKey(0, 1, 2), 100, Fill).Dispose();
            Assert.Equal(1, first.Rgb[0]);
        }
        cache.Get(new TileKey(0, 1, 3), 100, Fill).Dispose();
        Assert.Equal(100, cache.Held);
    }

    [Fact]
    public void What_cannot_be_decoded_is_asked_again()
    {
        var cache = new TileCache(1000);
        var key = new TileKey(0, 1, 1);
        using (var tile = cache.Get(key, 100, (_, _) => TileOutcome.Damaged))
            Assert.Equal(TileOutcome.Damaged, tile.Outcome);
        Assert.Throws<InvalidOperationException>(() => cache.Get(key, 100, (_, _) => throw new InvalidOperationException()));
        Assert.Equal(0, cache.Held);
        using (var tile = cache.Get(key, 100, (_, _) => TileOutcome.Decoded))
            Assert.Equal(TileOutcome.Decoded, tile.Outcome);
    }
}
