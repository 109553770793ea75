using System.Buffers;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;

namespace Mhim.Tiling.Viewer;

/// <summary>Reads a rectangle of a slide at any scale, between the levels of its pyramid as well as on them.</summary>
public static class SlideRegion
{
    // Of source pixels at a time: bounds the memory for slides whose pyramid has gaps, or that have none.
    const int PixelsAtOnce = 8_000_000;

    /// <summary>
    /// Reads from the best level and takes the mean over the area of each output pixel, in strips: memory stays bounded however large the slide is. A pixel at
    /// the slide's edge is the mean of what there is, so that no pale line stands along it.
    /// </summary>
    /// <param name="slide">The slide.</param>
    /// <param name="x0">Left edge in level-0 pixels; may be negative or a fraction.</param>
    /// <param name="y0">Top edge in level-0 pixels; may be negative or a fraction.</param>
    /// <param name="downsample">Level-0 pixels per output pixel, above 0.</param>
    /// <param name="width">Output width in pixels.</param>
    /// <param name="height">Output height in pixels.</param>
    /// <returns>White where there is no slide.</returns>
    /// <exception cref="Features.InputException"><c>slide-unreadable</c>.</exception>
    public static RgbImage Read(ISlide slide, double x0, double y0, double downsample, int width, int height)
    {
        var image = new RgbImage(width, height, new byte[(long)width * height * 3]);
        Read(slide, x0, y0, downsample, width, height, image.Rgb);
        return image;
    }

    /// <summary>
    /// The same into a caller's buffer, [height, width, 3]. With <c>decoderShrinks</c> the slide's decoder leaves out what is too fine
    /// (<see cref="ISlide.TryReadShrunk"/>): several times faster between the levels, by a filter of its own: on average within 0.3 grey levels of the mean, at
    /// sharp edges up to 20.
    /// </summary>
    internal static void Read(ISlide slide, double x0, double y0, double downsample, int width, int height, Span<byte> rgb, bool decoderShrinks = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(downsample);
        int level = LevelScale.BestLevel(slide.Info, downsample);
        var place = LevelScale.Of(slide.Info, level);
        int shrink = decoderShrinks ? ShrinkFor(downsample / Math.Max(place.X, place.Y)) : 1;
        if (shrink == 1 || !TryRead(slide, level, shrink, x0, y0, downsample, width, height, rgb))
            TryRead(slide, level, 1, x0, y0, downsample, width, height, rgb);
    }

    /// <summary>What a decoder can leave out of a level without becoming coarser than wanted: 1, 2, 4 or 8.</summary>
    /// <param name="scale">Pixels of the level per wanted pixel.</param>
    internal static int ShrinkFor(double scale)
    {
        int shrink = 8;
        while (shrink > 1 && shrink > scale * (1 + 1e-6))
            shrink /= 2;
        return shrink;
    }

    // False only for a shrink that the slide does not offer.
    static bool TryRead(ISlide slide, int number, int shrink, double x0, double y0, double downsample, int width, int height, Span<byte> rgb)
    {
        var level = slide.Info.Levels[number];
        var place = LevelScale.Of(slide.Info, number);
        double stepX = place.X * shrink, stepY = place.Y * shrink, left = x0 / stepX, top = y0 / stepY;
        double scaleX = downsample / stepX, scaleY = downsample / stepY;
        long levelWidth = Math.Max(1, level.Width / shrink), levelHeight = Math.Max(1, level.Height / shrink);
        bool ReadRows(long column, long row, int columns, int rows, Span<byte> pixels)
        {
            // The reader finds a level's pixels by the factor that OpenSlide states.
            double stated = level.Downsample * shrink;
            long x = (long)Math.Round(column * stated), y = (long)Math.Round(row * stated);
            if (shrink > 1)
                return slide.TryReadShrunk(number, shrink, x, y, columns, rows, pixels);
            slide.ReadRegion(number, x, y, columns, rows, pixels);
            return true;
        }
        if (IsWhole(left) && IsWhole(top) && Math.Max(Math.Abs(scaleX - 1) * width, Math.Abs(scaleY - 1) * height) < 1e-3
            && (long)width * height <= PixelsAtOnce && left + width < levelWidth + 0.5 && top + height < levelHeight + 0.5)
            return ReadRows((long)Math.Round(left), (long)Math.Round(top), width, height, rgb); // its very pixels
        if (shrink == 1 && scaleX == scaleY && BoxMean.Takes(scaleX) && left == Math.Round(left) && top == Math.Round(top)
            && slide.TryReadMean(number, (int)scaleX, (long)Math.Round(left * level.Downsample), (long)Math.Round(top * level.Downsample), width, height, rgb))
            return true;

        // The part of the level below the picture, in whole pixels; its last ones also where the slide goes on for less than a pixel.
        double endX = Math.Clamp(slide.Info.Width / stepX, levelWidth, levelWidth + 1), endY = Math.Clamp(slide.Info.Height / stepY, levelHeight, levelHeight + 1);
        var (column, sourceWidth) = Below(left, width * scaleX, levelWidth, endX);
        var (row, sourceHeight) = Below(top, height * scaleY, levelHeight, endY);
        if (sourceWidth == 0 || sourceHeight == 0)
        {
            rgb[..(width * height * 3)].Fill(255);
            return true;
        }

        int rowsAtOnce = Math.Clamp(PixelsAtOnce / sourceWidth, 1, sourceHeight), stripFrom = 0, stripTo = 0;
        bool offered = true;
        var strip = ArrayPool<byte>.Shared.Rent(rowsAtOnce * sourceWidth * 3);
        try
        {
            AreaResampler.Resample(wanted =>
            {
                if (wanted >= stripTo)
                {
                    (stripFrom, stripTo) = (wanted, Math.Min(wanted + rowsAtOnce, sourceHeight));
                    offered = offered && ReadRows(column, row + stripFrom, sourceWidth, stripTo - stripFrom, strip);
                }
                return strip.AsSpan((wanted - stripFrom) * sourceWidth * 3, (stripTo - wanted) * sourceWidth * 3);
            }, new(left - column, scaleX, sourceWidth, endX - column), new(top - row, scaleY, sourceHeight, endY - row), width, height, rgb);
            return offered;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(strip);
        }
    }

    static bool IsWhole(double place) => Math.Abs(place - Math.Round(place)) < 1e-6;

    static (long From, int Count) Below(double start, double length, long limit, double end)
    {
        // What rounding adds, under a millionth of a pixel, shall not cost a row.
        long from = Math.Max(0, (long)Math.Floor(start + 1e-6)), to = Math.Min(limit, (long)Math.Ceiling(start + length - 1e-6));
        if (from >= limit && start < end - 1e-6)
            from = limit - 1;
        return (from, (int)Math.Max(0, to - from));
    }
}
