using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tissue;

/// <summary>
/// Tells tissue from glass on a slide by its saturation, in CLAM's order of steps: median filter, threshold, closing, small pieces dropped,
/// small and surplus holes filled. The mask has one pixel for about 64 level-0 pixels; on slides under 16,384 pixels it is finer, so that
/// its longer side has 256 pixels or more, and the area thresholds shrink (<see cref="TissueOptions.AreaUnit"/>).
/// </summary>
public static class TissueFinder
{
    /// <summary>Finds the tissue. The mask may be empty: <see cref="TissueMask.Stages"/> says at which stage it became so.</summary>
    /// <param name="slide">An open slide.</param>
    /// <param name="options">Thresholds; see the presets of <see cref="TissueOptions"/>.</param>
    /// <exception cref="InputException"><c>slide-unreadable</c>; <c>tissue-option</c>: a threshold is out of its range.</exception>
    public static TissueMask Find(ISlide slide, TissueOptions options)
    {
        Check(options);
        var map = SaturationMap.Read(slide);
        var info = slide.Info;
        double downsampleX = info.Width / (double)map.Width, downsampleY = info.Height / (double)map.Height;
        double unit = options.AreaUnit((double)info.Scanned.Width * info.Scanned.Height) / (downsampleX * downsampleY); // in mask pixels
        var (bits, stages) = Find(map, options, unit);
        return new TissueMask(map.Width, map.Height, downsampleX, downsampleY, bits, stages);
    }

    /// <param name="map">The saturation.</param>
    /// <param name="options">Thresholds.</param>
    /// <param name="areaUnit">Unit of the area thresholds in mask pixels.</param>
    internal static (byte[] Bits, TissueStages Stages) Find(SaturationMap map, TissueOptions options, double areaUnit)
    {
        var smooth = options.MedianSize > 1 ? MaskFilters.Median(map.Values, map.Width, options.MedianSize) : map.Values;
        int threshold = options.UseOtsu ? MaskFilters.Otsu(HistogramOf(smooth, map.Inside)) : options.SaturationThreshold;
        var bits = new byte[smooth.Length];
        for (int i = 0; i < bits.Length; i++)
            bits[i] = smooth[i] > threshold ? map.Inside[i] : (byte)0;
        long saturated = CountOf(bits);
        bits = MaskFilters.Close(bits, map.Width, options.Closing);
        for (int i = 0; i < bits.Length; i++)
            bits[i] &= map.Inside[i];
        long closed = CountOf(bits);
        var (pieces, dropped) = TissuePieces.DropSmall(bits, map.Width, options.MinTissueArea * areaUnit);
        long kept = CountOf(bits);
        int filled = TissuePieces.FillHoles(bits, map.Width, options.MinHoleArea * areaUnit, options.MaxHoles);
        for (int i = 0; i < bits.Length; i++)
            bits[i] &= map.Inside[i];
        return (bits, new TissueStages(CountOf(map.Inside), threshold, saturated, closed, pieces, dropped, kept, filled, CountOf(bits)));
    }

    static long CountOf(byte[] bits) => bits.LongCount(bit => bit != 0);

    static long[] HistogramOf(byte[] values, byte[] inside)
    {
        var histogram = new long[256];
        for (int i = 0; i < values.Length; i++)
            histogram[values[i]] += inside[i];
        return histogram;
    }

    static void Check(TissueOptions options)
    {
        static void Demand(bool holds, string what)
        {
            if (!holds)
                throw new InputException("tissue-option", $"Tissue finding: {what}.");
        }
        Demand(options.SaturationThreshold is >= 0 and <= 255, $"the saturation threshold is 0 to 255, not {options.SaturationThreshold}");
        Demand(options.MedianSize is >= 1 and <= 255 && options.MedianSize % 2 == 1, $"the median's size is odd, 1 to 255, not {options.MedianSize}");
        Demand(options.Closing is >= 0 and <= 255, $"the closing's size is 0 to 255, not {options.Closing}");
        Demand(options.MinTissueArea >= 0, $"the smallest tissue area is 0 or more, not {options.MinTissueArea}");
        Demand(options.MinHoleArea >= 0, $"the smallest hole area is 0 or more, not {options.MinHoleArea}");
        Demand(options.MaxHoles >= 0, $"the number of holes is 0 or more, not {options.MaxHoles}");
    }
}
