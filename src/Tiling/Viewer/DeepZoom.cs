using System.Numerics;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;

namespace Mhim.Tiling.Viewer;

/// <summary>
/// A slide as a Deep Zoom Image (DZI), the form that OpenSeadragon reads: level L of the highest level H is the scanned part shrunk by 2^(H−L), cut into
/// tiles that overlap their neighbours.
/// </summary>
/// <param name="slide">Stays the caller's.</param>
/// <param name="tileSize">Side of a tile without its overlap.</param>
/// <param name="overlap">Pixels that a tile shows of each neighbour.</param>
public sealed class DeepZoom(ISlide slide, int tileSize = 254, int overlap = 1)
{
    // Tiles smaller than these are too many for a browser, larger ones too slow.
    const int SmallestStored = 128, LargestStored = 1024;

    readonly SlideBounds bounds = slide.Info.Scanned;

    /// <summary>
    /// With the slide's own tiles where it is made of JPEG tiles, so that most of them are passed through as they are (nothing is compressed twice); otherwise
    /// tiles of 254 pixels that overlap by 1.
    /// </summary>
    public static DeepZoom For(ISlide slide) =>
        slide is FastTiffSlide { Info.Bounds: null } fast && fast.StoredSide(0) is >= SmallestStored and <= LargestStored and { } side
            ? new DeepZoom(slide, side, 0)
            : new DeepZoom(slide);

    /// <summary>How many levels there are; the highest is full size, level 0 is one pixel.</summary>
    public int LevelCount { get; } = BitOperations.Log2((ulong)Math.Max(slide.Info.Scanned.Width, slide.Info.Scanned.Height) * 2 - 1) + 1;

    /// <summary>The <c>.dzi</c> document.</summary>
    public string Dzi =>
        $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpeg" Overlap="{overlap}" TileSize="{tileSize}"><Size Width="{bounds.Width}" Height="{bounds.Height}"/></Image>
        """;

    /// <summary>Size of a level in pixels.</summary>
    /// <param name="level">0 to <see cref="LevelCount"/> − 1.</param>
    public (long Width, long Height) SizeOf(int level)
    {
        long factor = FactorOf(level);
        return ((bounds.Width + factor - 1) / factor, (bounds.Height + factor - 1) / factor);
    }

    /// <summary>One tile as JPEG; null when there is no such tile.</summary>
    /// <param name="level">Deep Zoom level.</param>
    /// <param name="column">From 0.</param>
    /// <param name="row">From 0.</param>
    /// <exception cref="Features.InputException"><c>slide-unreadable</c>.</exception>
    public byte[]? Tile(int level, int column, int row) => Stored(level, column, row) ?? Pixels(level, column, row)?.ToJpeg();

    /// <summary>The file's own JPEG tile where it is exactly the tile that is asked for.</summary>
    internal byte[]? Stored(int level, int column, int row)
    {
        if (overlap != 0 || slide is not FastTiffSlide fast || bounds.X != 0 || bounds.Y != 0 || level < 0 || level >= LevelCount)
            return null;
        long factor = FactorOf(level);
        int number = LevelScale.BestLevel(slide.Info, factor);
        return LevelScale.Of(slide.Info, number) == new LevelScale(factor, factor) && fast.StoredSide(number) == tileSize
            ? fast.StoredJpeg(number, column, row)
            : null;
    }

    internal RgbImage? Pixels(int level, int column, int row)
    {
        if (level < 0 || level >= LevelCount || column < 0 || row < 0)
            return null;
        var size = SizeOf(level);
        if ((long)column * tileSize >= size.Width || (long)row * tileSize >= size.Height)
            return null;
        var (x, width) = Extent(column, size.Width);
        var (y, height) = Extent(row, size.Height);
        long factor = FactorOf(level);
        return SlideRegion.Read(slide, bounds.X + x * (double)factor, bounds.Y + y * (double)factor, factor, width, height);
    }

    long FactorOf(int level) => 1L << (LevelCount - 1 - level);

    (long Start, int Length) Extent(int index, long size)
    {
        long start = Math.Max(0, (long)index * tileSize - overlap);
        long end = Math.Min(size, (long)(index + 1) * tileSize + overlap);
        return (start, (int)(end - start));
    }
}
