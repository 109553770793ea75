using System.Buffers;

namespace Mhim.Tiling.Slides.Fast;

/// <summary>
/// Puts rectangles together from stored tiles. A tile of which only a part is wanted is kept for its neighbours; one that lies wholly inside is decoded where it is
/// needed and not kept, unless the walk comes back to its tiles (an overlapping grid).
/// </summary>
internal sealed class TilePixels
{
    const long LeastCache = 32 << 20;
    const int MostWalks = 4;

    readonly string path;
    readonly TileCache cache;
    readonly TileCache.Decode decode;
    readonly TileReturns returns = new();

    /// <param name="path">The slide's file, for refusals.</param>
    /// <param name="levels">Its levels' tiles.</param>
    /// <param name="mostCache">Bytes that kept tiles may take; how many they do depends on the slide's width and the machine's cores.</param>
    internal TilePixels(string path, TiledLevel?[] levels, long mostCache)
    {
        this.path = path;
        decode = (key, rgb) => levels[key.Level]!.Decode(key.Number, key.Shrink, rgb);
        // Two rows of tiles for each thread: what a walk along the rows of a grid comes back to.
        long rows = 2 * Math.Min(Environment.ProcessorCount, MostWalks);
        long wanted = levels.Max(level => level is null ? 0 : rows * level.TilesAcross * TileBytes(level, 1));
        cache = new TileCache(Math.Min(Math.Max(wanted, LeastCache), mostCache));
    }

    /// <summary>Bytes of decoded tiles held now.</summary>
    internal long CachedBytes => cache.Held;

    /// <summary>A rectangle in pixels of the level made smaller by the decoder; white outside the level.</summary>
    /// <returns>False: OpenSlide shall read it.</returns>
    internal bool TryCopy(TiledLevel tiles, int level, int shrink, long left, long top, int width, int height, Span<byte> rgb)
    {
        int tileWidth = tiles.TileWidth / shrink, tileHeight = tiles.TileHeight / shrink;
        // The last, partly covered pixel of a shrunk level would show what the scanner filled its tiles with.
        long right = Math.Min(left + width, Math.Max(1, tiles.Width / shrink)), bottom = Math.Min(top + height, Math.Max(1, tiles.Height / shrink));
        if (left < 0 || top < 0 || right < left + width || bottom < top + height)
            rgb[..(width * height * 3)].Fill(255);

        for (long row = Math.Max(0, top) / tileHeight; row * tileHeight < bottom; row++)
            for (long column = Math.Max(0, left) / tileWidth; column * tileWidth < right; column++)
            {
                var key = new TileKey(level, shrink, row * tiles.TilesAcross + column);
                long tileLeft = column * tileWidth, tileTop = row * tileHeight;
                long fromX = Math.Max(left, tileLeft), toX = Math.Min(right, tileLeft + tileWidth);
                long fromY = Math.Max(top, tileTop), toY = Math.Min(bottom, tileTop + tileHeight);
                var target = rgb[(int)(((fromY - top) * width + fromX - left) * 3)..];
                bool isWhole = toX - fromX == tileWidth && toY - fromY == tileHeight;
                if (!returns.AreWorthKeeping(key) && isWhole)
                {
                    if (!Check(tiles.Decode(key.Number, shrink, target, width * 3), key, tiles))
                        return false;
                    continue;
                }
                using var tile = cache.Get(key, TileBytes(tiles, shrink), decode);
                if (!Check(tile.Outcome, key, tiles))
                    return false;
                int bytes = (int)(toX - fromX) * 3;
                for (int y = 0; y < toY - fromY; y++)
                    tile.Rgb.Slice((int)((fromY + y - tileTop) * tileWidth + fromX - tileLeft) * 3, bytes).CopyTo(target[(y * width * 3)..]);
            }
        return true;
    }

    /// <summary>A rectangle wholly inside the level, averaged on the way from the tiles.</summary>
    /// <param name="tiles">The level's tiles.</param>
    /// <param name="level">Its number.</param>
    /// <param name="factor">2, 4, 8 or 16.</param>
    /// <param name="left">In pixels of the level.</param>
    /// <param name="top">In pixels of the level.</param>
    /// <param name="width">Of the smaller picture.</param>
    /// <param name="height">Of the smaller picture.</param>
    /// <param name="rgb">[height, width, 3].</param>
    /// <returns>False where a pixel would reach over a tile's or the level's edge, or OpenSlide shall read it.</returns>
    internal bool TryMean(TiledLevel tiles, int level, int factor, long left, long top, int width, int height, Span<byte> rgb)
    {
        int tileWidth = tiles.TileWidth, tileHeight = tiles.TileHeight;
        long right = left + (long)width * factor, bottom = top + (long)height * factor;
        if (left < 0 || top < 0 || right > tiles.Width || bottom > tiles.Height
            || left % factor != 0 || top % factor != 0 || tileWidth % factor != 0 || tileHeight % factor != 0)
            return false;
        for (long row = top / tileHeight; row * tileHeight < bottom; row++)
            for (long column = left / tileWidth; column * tileWidth < right; column++)
            {
                var key = new TileKey(level, 1, row * tiles.TilesAcross + column);
                long tileLeft = column * tileWidth, tileTop = row * tileHeight;
                long fromX = Math.Max(left, tileLeft), fromY = Math.Max(top, tileTop);
                int pixels = (int)(Math.Min(right, tileLeft + tileWidth) - fromX), lines = (int)(Math.Min(bottom, tileTop + tileHeight) - fromY);
                var target = rgb[(int)(((fromY - top) / factor * width + (fromX - left) / factor) * 3)..];
                int first = (int)((fromY - tileTop) * tileWidth + fromX - tileLeft) * 3;
                void Average(ReadOnlySpan<byte> tile, Span<byte> target) =>
                    BoxMean.Shrink(tile[first..], tileWidth * 3, factor, pixels / factor, lines / factor, target, width * 3);

                if (!returns.AreWorthKeeping(key) && pixels == tileWidth && lines == tileHeight)
                {
                    var alone = ArrayPool<byte>.Shared.Rent(TileBytes(tiles, 1)); // small enough to stay in the core's cache
                    try
                    {
                        if (!Check(tiles.Decode(key.Number, 1, alone), key, tiles))
                            return false;
                        Average(alone, target);
                    }
                    finally
                    {
                        ArrayPool<byte>.Shared.Return(alone);
                    }
                    continue;
                }
                using var tile = cache.Get(key, TileBytes(tiles, 1), decode);
                if (!Check(tile.Outcome, key, tiles))
                    return false;
                Average(tile.Rgb, target);
            }
        return true;
    }

    bool Check(TileOutcome outcome, TileKey key, TiledLevel tiles) => outcome switch
    {
        TileOutcome.Decoded => true,
        TileOutcome.LeftOut => false,
        _ => throw OpenSlideSlide.Unreadable(path,
            $"level {key.Level}, tile {key.Number % tiles.TilesAcross} across and {key.Number / tiles.TilesAcross} down,", "broken JPEG"),
    };

    static int TileBytes(TiledLevel tiles, int shrink) => tiles.TileWidth / shrink * (tiles.TileHeight / shrink) * 3;
}
