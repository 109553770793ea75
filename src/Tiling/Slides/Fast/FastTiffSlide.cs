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
    readonly OpenSlideSlide inner;
    readonly SafeFileHandle file;
    readonly TiledLevel?[] levels;
    readonly TilePixels pixels;

    FastTiffSlide(OpenSlideSlide inner, SafeFileHandle file, TiledLevel?[] levels, long mostCache)
    {
        (this.inner, this.file, this.levels) = (inner, file, levels);
        pixels = new TilePixels(inner.Path, levels, mostCache);
    }

    public string Path => inner.Path;

    public SlideInfo Info => inner.Info;

    /// <summary>Bytes of decoded tiles held now.</summary>
    internal long CachedBytes => pixels.CachedBytes;

    /// <summary>The fast reader for a slide that OpenSlide has opened; null where it does not apply. Owns <paramref name="inner"/> from then on.</summary>
    internal static FastTiffSlide? TryOpen(OpenSlideSlide inner, long mostCache)
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
                return new FastTiffSlide(inner, file, levels, mostCache);
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

    public bool TryReadMean(int level, int factor, long x0, long y0, int width, int height, Span<byte> rgb)
    {
        if (level < 0 || level >= levels.Length || levels[level] is not { } tiles || !BoxMean.Takes(factor) || width < 1 || height < 1
            || (long)width * height * 3 > rgb.Length)
            return false;
        var (x, y) = (PlanePlace.Of(x0, Info.Levels[level].Downsample), PlanePlace.Of(y0, Info.Levels[level].Downsample));
        return x.Fraction == 0 && y.Fraction == 0 && pixels.TryMean(tiles, level, factor, x.Pixel, y.Pixel, width, height, rgb);
    }

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
            return pixels.TryCopy(tiles, level, shrink, x.Pixel, y.Pixel, width, height, rgb);

        if (((long)width + 1) * ((long)height + 1) * 3 > Array.MaxLength)
            return false;
        var block = ArrayPool<byte>.Shared.Rent((width + 1) * (height + 1) * 3);
        try
        {
            if (!pixels.TryCopy(tiles, level, shrink, x.Pixel, y.Pixel, width + 1, height + 1, block))
                return false;
            Shift.Bilinear(block, width, height, x.Fraction, y.Fraction, rgb);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    // The one directory of a level's size.
    static TiffDirectory? Only(List<TiffDirectory> tiled, SlideLevel level)
    {
        var found = tiled.FindAll(directory => directory.Width == level.Width && directory.Height == level.Height);
        return found.Count == 1 ? found[0] : null;
    }
}
