using System.Buffers;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Viewer;

/// <summary>Reads a rectangle of a slide at any scale, between the levels of its pyramid as well as on them.</summary>
public static class SlideRegion
{
    // Of source pixels at a time: bounds the memory for slides whose pyramid has gaps.
    const long PixelsAtOnce = 16_000_000;

    /// <summary>Reads from the best level and takes the mean over the area of each output pixel.</summary>
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

    /// <summary>The same into a caller's buffer, [height, width, 3].</summary>
    internal static void Read(ISlide slide, double x0, double y0, double downsample, int width, int height, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(downsample);
        int level = slide.Info.BestLevelFor(downsample);
        double step = slide.Info.Levels[level].Downsample, scale = downsample / step;

        double left = x0 / step;
        long column = (long)Math.Floor(left + 1e-6);
        int sourceWidth = (int)Math.Ceiling(left + width * scale - column - 1e-6);
        int rowsAtOnce = (int)Math.Clamp(PixelsAtOnce / (sourceWidth * Math.Max(scale, 1)), 1, height);
        int mostRows = (int)Math.Ceiling(rowsAtOnce * scale) + 1;
        var source = ArrayPool<byte>.Shared.Rent(checked(sourceWidth * mostRows * 3));
        try
        {
            for (int y = 0; y < height; y += rowsAtOnce)
            {
                int rows = Math.Min(rowsAtOnce, height - y);
                double top = y0 / step + y * scale;
                long row = (long)Math.Floor(top + 1e-6);
                int sourceHeight = (int)Math.Ceiling(top + rows * scale - row - 1e-6);
                slide.ReadRegion(level, (long)Math.Round(column * step), (long)Math.Round(row * step), sourceWidth, sourceHeight, source);
                AreaResampler.Resample(source, sourceWidth, sourceHeight, Math.Max(0, left - column), Math.Max(0, top - row), scale, width, rows,
                    rgb[(y * width * 3)..]);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(source);
        }
    }
}
