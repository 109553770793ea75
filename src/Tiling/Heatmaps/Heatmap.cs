using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Heatmaps;

/// <summary>
/// Draws the scores of a slide's tiles over its thumbnail. The tissue below is turned to grey, so that hue means score alone; the picture's top left corner
/// and scale are the thumbnail's, pixel for pixel; what the file has lost is hatched; a legend with numbers stands below it.
/// </summary>
public static class Heatmap
{
    /// <summary>Draws it.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="coords">[N] level-0 corners.</param>
    /// <param name="geometry">How the tiles were cut.</param>
    /// <param name="scores">[N]; tiles that overlap are averaged; NaN is left out.</param>
    /// <param name="options">How.</param>
    /// <returns>PNG.</returns>
    /// <exception cref="ArgumentException">Not one score per tile.</exception>
    public static byte[] Render(ISlide slide, IReadOnlyList<TileCoord> coords, TileGeometry geometry, ReadOnlySpan<float> scores, HeatmapOptions options)
    {
        if (scores.Length != coords.Count)
            throw new ArgumentException($"{scores.Length} scores for {coords.Count} tiles.", nameof(scores));
        var thumbnail = Thumbnail.Read(slide, options.MaxSide);
        var range = ScoreRange.Of(scores, options.Low, options.High);
        Paint(thumbnail, coords, geometry.TileSizeLevel0, scores, range, options.Opacity);
        if (!options.Legend)
            return thumbnail.Image.ToPng();
        var mpp = double.IsFinite(geometry.SlideMpp) ? geometry.SlideMpp * thumbnail.Downsample : (double?)null;
        return HeatmapLegend.Below(thumbnail.Image, range, options, mpp).ToPng();
    }

    internal static void Paint(Thumbnail thumbnail, IReadOnlyList<TileCoord> coords, int tileSizeLevel0, ReadOnlySpan<float> scores, ScoreRange range,
        double opacity)
    {
        var image = thumbnail.Image;
        var sums = new float[image.Width * image.Height];
        var counts = new byte[image.Width * image.Height];
        for (int i = 0; i < coords.Count; i++)
        {
            if (!float.IsFinite(scores[i]))
                continue;
            var (left, right) = PixelsOf(coords[i].X - thumbnail.Bounds.X, tileSizeLevel0, thumbnail.Downsample, image.Width);
            var (top, bottom) = PixelsOf(coords[i].Y - thumbnail.Bounds.Y, tileSizeLevel0, thumbnail.Downsample, image.Height);
            for (int y = top; y < bottom; y++)
                for (int at = y * image.Width + left; at < y * image.Width + right; at++)
                    if (counts[at] < byte.MaxValue)
                    {
                        sums[at] += scores[i];
                        counts[at]++;
                    }
        }

        var rgb = image.Rgb;
        for (int at = 0, o = 0; at < sums.Length; at++, o += 3)
        {
            // Rec. 601 luma, a little lighter: the tissue stays readable under the colours.
            double grey = 255 - 0.85 * (255 - (0.299 * rgb[o] + 0.587 * rgb[o + 1] + 0.114 * rgb[o + 2]));
            (rgb[o], rgb[o + 1], rgb[o + 2]) = counts[at] > 0
                ? Over(grey, range.ShareOf(sums[at] / counts[at]), opacity)
                : ((byte)(grey + 0.5), (byte)(grey + 0.5), (byte)(grey + 0.5));
        }
    }

    /// <summary>A score's colour over grey tissue; the lower the score, the more of the tissue is seen.</summary>
    /// <param name="grey">0 to 255.</param>
    /// <param name="share">Place of the score in the range, 0 to 1.</param>
    /// <param name="opacity">Of the highest score, 0 to 1.</param>
    internal static (byte R, byte G, byte B) Over(double grey, double share, double opacity)
    {
        var colour = ColourRamp.Of(share);
        double alpha = opacity * (0.2 + 0.8 * share);
        byte Mix(byte part) => (byte)(grey + (part - grey) * alpha + 0.5);
        return (Mix(colour.R), Mix(colour.G), Mix(colour.B));
    }

    /// <summary>The thumbnail pixels that a tile colours along one axis: those whose nearer edge lies in it; neighbours neither overlap nor leave gaps.</summary>
    internal static (int From, int To) PixelsOf(long start, int size, double downsample, int limit)
    {
        int from = (int)Math.Clamp(Math.Round(start / downsample), 0, limit), to = (int)Math.Clamp(Math.Round((start + size) / downsample), 0, limit);
        return (from, to == from && to < limit && start >= 0 ? to + 1 : to); // a tile smaller than a pixel still shows
    }
}
