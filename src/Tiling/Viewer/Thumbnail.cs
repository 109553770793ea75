using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Viewer;

/// <summary>The whole scanned part of a slide in one small picture, hatched where the file is damaged. Made from the pyramid, never from the label or macro image.</summary>
/// <param name="Image">The pixels.</param>
/// <param name="Bounds">What part of level 0 it shows.</param>
/// <param name="Downsample">Level-0 pixels per pixel, 1 or more.</param>
public sealed record Thumbnail(RgbImage Image, SlideBounds Bounds, double Downsample)
{
    /// <summary>Reads it.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="maxSide">Longest side in pixels, at least 1; a smaller slide is not magnified.</param>
    public static Thumbnail Read(ISlide slide, int maxSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSide, 1);
        var bounds = slide.Info.Scanned;
        double downsample = Math.Max(1, Math.Max(bounds.Width, bounds.Height) / (double)maxSide);
        int width = Math.Max(1, (int)Math.Round(bounds.Width / downsample)), height = Math.Max(1, (int)Math.Round(bounds.Height / downsample));
        return new Thumbnail(DamagedRegion.Read(slide, bounds.X, bounds.Y, downsample, width, height), bounds, downsample);
    }

    /// <summary>Reads it as PNG.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="maxSide">Longest side in pixels, at least 1.</param>
    public static byte[] Png(ISlide slide, int maxSide) => Read(slide, maxSide).Image.ToPng();
}
