using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Viewer;

/// <summary>
/// Where a level's pixels lie on level 0. OpenSlide says one factor for both axes, the mean of the ratios of the sizes; but a pyramid made by halves drops or
/// fills up the last column, and its factor is 2 all the same: with 2.0009 the far edge of a large slide would be shown half a pixel beside its place.
/// </summary>
/// <param name="X">Level-0 pixels per pixel across.</param>
/// <param name="Y">Level-0 pixels per pixel down.</param>
internal readonly record struct LevelScale(double X, double Y)
{
    internal static LevelScale Of(SlideInfo info, int level)
    {
        var size = info.Levels[level];
        double across = info.Width / (double)size.Width, down = info.Height / (double)size.Height, stated = size.Downsample;
        // A factor that OpenSlide knows from the format, not from the sizes (MIRAX), counts.
        if (stated == Math.Round(stated))
            return new LevelScale(stated, stated);
        double power = Math.Pow(2, Math.Round(Math.Log2(stated))), whole = Math.Round(stated);
        if (Fits(info, size, power))
            return new LevelScale(power, power);
        if (Fits(info, size, whole))
            return new LevelScale(whole, whole);
        return new LevelScale(across, down);
    }

    /// <summary>The level to read from for a wanted scale: the smallest one that is not coarser.</summary>
    internal static int BestLevel(SlideInfo info, double downsample)
    {
        int best = 0;
        for (int level = 1; level < info.Levels.Count; level++)
        {
            var scale = Of(info, level);
            if (Math.Max(scale.X, scale.Y) <= downsample * (1 + 1e-6))
                best = level;
        }
        return best;
    }

    // Both sides are the slide's over the factor, rounded either way.
    static bool Fits(SlideInfo info, SlideLevel size, double factor) =>
        Math.Abs(info.Width / factor - size.Width) < 1 && Math.Abs(info.Height / factor - size.Height) < 1;
}
