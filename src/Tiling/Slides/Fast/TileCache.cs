namespace Mhim.Tiling.Slides.Fast;

/// <summary>Which decoded tile: level, shrink (1, 2, 4, 8), number within the level.</summary>
internal readonly record struct TileKey(int Level, int Shrink, long Number);

/// <summary>
/// The tiles decoded last, within a fixed amount of memory. A tile that several threads want at once is decoded once; the others wait for
/// it. Buffers go from the tile that leaves to the one that comes.
/// </summary>
/// <param name="budget">Bytes of pixels, all tiles together; exceeded only by tiles that are being read at this moment.</param>
internal sealed class TileCache(long budget)
{
    readonly Lock gate = new();
    readonly Dictionary<TileKey, Tile> tiles = [];
    readonly LinkedList<Tile> byUse = []; // last used first
    long held;

    /// <summary>Writes a tile's pixels, or says why not.</summary>
    internal delegate TileOutcome Decode(TileKey key, Span<byte> rgb);

    /// <summary>Bytes held now.</summary>
    internal long Held
    {
        get
        {
            lock (gate)
                return held;
        }
    }

    /// <summary>A tile's pixels, decoded when they are not there. Dispose the lease as soon as they are copied.</summary>
    internal Lease Get(TileKey key, int bytes, Decode decode)
    {
        Tile? tile;
        lock (gate)
        {
            if (!tiles.TryGetValue(key, out tile))
            {
                tile = new Tile(key, MakeRoom(bytes) ?? GC.AllocateUninitializedArray<byte>(bytes));
                held += bytes;
                tiles.Add(key, tile);
            }
            else
            {
                byUse.Remove(tile.Place);
            }
            byUse.AddFirst(tile.Place);
            tile.Users++;
        }
        var lease = new Lease(this, tile);
        try
        {
            lock (tile.Decoding)
                if (tile.Outcome is null)
                    tile.Outcome = decode(key, tile.Rgb);
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    // Drops what was not used for longest until there is room; gives a buffer of the wanted size when one falls off.
    byte[]? MakeRoom(int bytes)
    {
        byte[]? buffer = null;
        for (var place = byUse.Last; place is not null && held + bytes > budget;)
        {
            var (tile, before) = (place.Value, place.Previous);
            if (tile.Users == 0)
            {
                Drop(tile);
                if (tile.Rgb.Length == bytes)
                    buffer = tile.Rgb;
            }
            place = before;
        }
        return buffer;
    }

    void Release(Tile tile)
    {
        lock (gate)
            // A tile without pixels takes no room: the next reader asks the file again.
            if (--tile.Users == 0 && tile.Outcome is not TileOutcome.Decoded)
                Drop(tile);
    }

    void Drop(Tile tile)
    {
        tiles.Remove(tile.Key);
        byUse.Remove(tile.Place);
        held -= tile.Rgb.Length;
    }

    internal sealed class Tile
    {
        internal Tile(TileKey key, byte[] rgb)
        {
            (Key, Rgb) = (key, rgb);
            Place = new LinkedListNode<Tile>(this);
        }

        internal TileKey Key { get; }

        internal byte[] Rgb { get; }

        internal LinkedListNode<Tile> Place { get; }

        internal Lock Decoding { get; } = new();

        internal TileOutcome? Outcome { get; set; }

        internal int Users { get; set; }
    }

    /// <summary>Keeps a tile's pixels until it is disposed.</summary>
    internal readonly struct Lease(TileCache cache, Tile tile) : IDisposable
    {
        internal TileOutcome Outcome => tile.Outcome!.Value;

        internal ReadOnlySpan<byte> Rgb => tile.Rgb;

        public void Dispose() => cache.Release(tile);
    }
}
