using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Mhim.Tiling.Slides.Fast;

/// <summary>
/// A tiled JPEG TIFF or Aperio SVS read without OpenSlide's detours: the compressed tiles come straight from the file, each is decoded once
/// and kept for its neighbours, and a coarser resolution is decoded at 1/2, 1/4 or 1/8. OpenSlide still says what the slide is, and reads
/// every level and every region that is not plain JPEG tiles. Pixels, coordinates and error codes are the same.
/// </summary>
internal sealed class FastTiffSlide : ISlide
{
    const long LeastCache = 32 << 20, MostCache = 192 << 20;

    readonly OpenSlideSlide inner;
    readonly SafeFileHandle file;
    readonly TiledLevel?[] levels;
    readonly TileCache cache;
    readonly TileCache.Decode decode;

    FastTiffSlide(OpenSlideSlide inner, SafeFileHandle file, TiledLevel?[] levels)
    {
        (this.inner, this.file, this.levels) = (inner, file, levels);
        decode = (key, rgb) => levels[key.Level]!.Decode(key.Number, key.Shrink, rgb);
        // Two rows of tiles: what a walk along the rows of a grid comes back to.
        cache = new TileCache(Math.Clamp(levels.Max(level => level is null ? 0 : 2 * level.TilesAcross * TileBytes(level, 1)), LeastCache, MostCache));
    }

    public string Path => inner.Path;

    public SlideInfo Info => inner.Info;

    /// <summary>Bytes of decoded tiles held now.</summary>
    internal long CachedBytes => cache.Held;

    /// <summary>The fast reader for a slide that OpenSlide has opened; null where it does not apply. Owns <paramref name="inner"/> from then on.</summary>
    internal static FastTiffSlide? TryOpen(OpenSlideSlide inner)
    {
        // Other makers' TIFFs stitch, overlap or leave out tiles in ways of their own.
        if (inner.Info.Vendor is not ("aperio" or "generic-tiff") || inner.Info.Background is not null)
            return null;
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(inner.Path, options: FileOptions.RandomAccess);
            var tiled = TiffFile.ReadDirectories(file).FindAll(directory => directory.TileOffsets.Length > 0);
            var levels = inner.Info.Levels.Select(level => Only(tiled, level) is { IsJpegTiles: true } found ? new TiledLevel(file, found) : null).ToArray();
            if (levels.Any(level => level is not null))
                return new FastTiffSlide(inner, file, levels);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // OpenSlide could open it, so it may read it too.
        }
        file?.Dispose();
        return null;
    }

    public void ReadRegion(int level, long x0, long y0, int width, int height, Span<byte> rgb)
    {
        if (!TryRead(level, 1, x0, y0, width, height, rgb))
            inner.ReadRegion(level, x0, y0, width, height, rgb);
    }

    public bool TryReadShrunk(int level, int shrink, long x0, long y0, int width, int height, Span<byte> rgb) =>
        shrink is 2 or 4 or 8 && TryRead(level, shrink, x0, y0, width, height, rgb);

    /// <summary>Side of a level's stored tiles in pixels; null where they are not square, or the level is not made of JPEG tiles.</summary>
    internal int? StoredSide(int level) => levels[level] is { } tiles && tiles.TileWidth == tiles.TileHeight ? tiles.TileWidth : null;

    /// <summary>
    /// A stored tile as a JPEG stream of its own, its pixels as the scanner compressed them; null where the tile reaches over the level's edge, is not there, is
    /// not plain JPEG, or is damaged (whoever then reads its pixels is told).
    /// </summary>
    internal byte[]? StoredJpeg(int level, long column, long row)
    {
        if (levels[level] is not { } tiles || column < 0 || row < 0
            || (column + 1) * tiles.TileWidth > tiles.Width || (row + 1) * tiles.TileHeight > tiles.Height)
            return null;
        return tiles.Jpeg(row * tiles.TilesAcross + column);
    }

    public void Dispose()
    {
        inner.Dispose();
        file.Dispose();
    }

    // False: OpenSlide shall read (or refuse) it.
    bool TryRead(int level, int shrink, long x0, long y0, int width, int height, Span<byte> rgb)
    {
        if (level < 0 || level >= levels.Length || levels[level] is not { } tiles || width < 1 || height < 1
            || (long)width * height * 3 > rgb.Length)
            return false;
        double downsample = Info.Levels[level].Downsample * shrink;
        var (x, y) = (PlanePlace.Of(x0, downsample), PlanePlace.Of(y0, downsample));
        if (x.Fraction == 0 && y.Fraction == 0)
            return TryCopy(tiles, level, shrink, x.Pixel, y.Pixel, width, height, rgb);

        if (((long)width + 1) * ((long)height + 1) * 3 > Array.MaxLength)
            return false;
        var block = ArrayPool<byte>.Shared.Rent((width + 1) * (height + 1) * 3);
        try
        {
            if (!TryCopy(tiles, level, shrink, x.Pixel, y.Pixel, width + 1, height + 1, block))
                return false;
            Shift.Bilinear(block, width, height, x.Fraction, y.Fraction, rgb);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    // Puts a rectangle together from tiles; white outside the level.
    bool TryCopy(TiledLevel tiles, int level, int shrink, long left, long top, int width, int height, Span<byte> rgb)
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
                if (tileLeft == left && tileTop == top && tileWidth == width && tileHeight == height && right == left + width && bottom == top + height)
                    return Check(tiles.Decode(key.Number, shrink, rgb), key, tiles); // a walk along the file's own tiles: nobody comes back

                using var tile = cache.Get(key, TileBytes(tiles, shrink), decode);
                if (!Check(tile.Outcome, key, tiles))
                    return false;
                long fromX = Math.Max(left, tileLeft), toX = Math.Min(right, tileLeft + tileWidth);
                long fromY = Math.Max(top, tileTop), toY = Math.Min(bottom, tileTop + tileHeight);
                int bytes = (int)(toX - fromX) * 3;
                for (long y = fromY; y < toY; y++)
                    tile.Rgb.Slice((int)((y - tileTop) * tileWidth + fromX - tileLeft) * 3, bytes)
                        .CopyTo(rgb[(int)(((y - top) * width + fromX - left) * 3)..]);
            }
        return true;
    }

    bool Check(TileOutcome outcome, TileKey key, TiledLevel tiles) => outcome switch
    {
        TileOutcome.Decoded => true,
        TileOutcome.LeftOut => false,
        _ => throw OpenSlideSlide.Unreadable(Path,
            $"level {key.Level}, tile {key.Number % tiles.TilesAcross} across and {key.Number / tiles.TilesAcross} down,", "broken JPEG"),
    };

    static int TileBytes(TiledLevel tiles, int shrink) => tiles.TileWidth / shrink * (tiles.TileHeight / shrink) * 3;

    // The one directory of a level's size.
    static TiffDirectory? Only(List<TiffDirectory> tiled, SlideLevel level)
    {
        var found = tiled.FindAll(directory => directory.Width == level.Width && directory.Height == level.Height);
        return found.Count == 1 ? found[0] : null;
    }
}
