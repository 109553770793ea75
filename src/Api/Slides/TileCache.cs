using Microsoft.Extensions.Caching.Memory;

namespace Mhim.Api.Slides;

/// <summary>Encoded tiles that were asked for lately: many people look at the same few places of a slide. Asked only for slides whose row is there, so a removed one shows nothing.</summary>
sealed class TileCache : IDisposable
{
    // Some ten thousand tiles.
    const long MostBytes = 192 << 20;

    static readonly TimeSpan Keep = TimeSpan.FromMinutes(10);

    readonly MemoryCache tiles = new(new MemoryCacheOptions { SizeLimit = MostBytes, CompactionPercentage = 0.2 });

    /// <summary>The tile, if it is here.</summary>
    public byte[]? Find(Guid slideId, int level, int column, int row) => tiles.TryGetValue((slideId, level, column, row), out byte[]? jpeg) ? jpeg : null;

    /// <summary>Keeps a tile for a while after it was last asked for.</summary>
    public void Add(Guid slideId, int level, int column, int row, byte[] jpeg) =>
        tiles.Set((slideId, level, column, row), jpeg, new MemoryCacheEntryOptions { Size = jpeg.Length + 200, SlidingExpiration = Keep });

    public void Dispose() => tiles.Dispose();
}
