using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tissue;

/// <summary>
/// Tells tissue from glass on a slide by its saturation, in CLAM's order of steps: median filter, threshold, closing, small pieces dropped,
/// small and surplus holes filled. Pen marks and dark edges are taken out in the end. The mask has one pixel for about 64 level-0 pixels; on slides under 16,384 pixels it is finer, so that
/// its longer side has 256 pixels or more, and the area thresholds shrink (<see cref="TissueOptions.AreaUnit"/>).
/// </summary>
public static class TissueFinder
{
    const double UsualMpp = 0.5;

    /// <summary>Finds the tissue. The mask may be empty: <see cref="TissueMask.Stages"/> says at which stage it became so.</summary>
    /// <param name="slide">An open slide.</param>
    /// <param name="options">Thresholds; see the presets of <see cref="TissueOptions"/>.</param>
    /// <param name="maxUnreadable">A slide of which more than this share cannot be read is refused at once, 0 to 1; 5% where it is less.</param>
    /// <exception cref="InputException"><c>slide-unreadable</c>; <c>not-brightfield</c> and <c>not-stained</c>, unless
    /// <see cref="TissueOptions.AnyStain"/>; <c>tissue-option</c>: a threshold is out of its range.</exception>
    public static TissueMask Find(ISlide slide, TissueOptions options, double maxUnreadable = 0)
    {
        Check(options);
        var overview = SlideOverview.Read(slide, Math.Max(maxUnreadable, SlideOverview.MostUnreadable));
        var info = slide.Info;
        double downsampleX = info.Width / (double)overview.Width, downsampleY = info.Height / (double)overview.Height;
        double unit = options.AreaUnit((double)info.Scanned.Width * info.Scanned.Height) / (downsampleX * downsampleY); // in mask pixels
        var light = SlideLights.Of(overview);
        if (!options.AnyStain)
            SlideLights.Require(light, slide.Path);
        else if (light != SlideLight.Brightfield)
            (overview, options) = (overview with { Saturation = SlideLights.Contrast(overview) }, options with { UseOtsu = true });
        // Where the resolution is not known, marks are measured as if the slide were a common one.
        double micrometres = (info.Resolution.Problem is null ? info.Resolution.Mpp!.Value : UsualMpp) * Math.Sqrt(downsampleX * downsampleY);
        var artefacts = options.RemoveArtefacts && light == SlideLight.Brightfield ? ArtefactFinder.Find(overview, micrometres) : null;
        var (bits, stages) = Find(overview, options, unit, artefacts);
        return new TissueMask(overview.Width, overview.Height, downsampleX, downsampleY, bits, stages, artefacts, light, overview.Unreadable);
    }

    /// <param name="map">The slide.</param>
    /// <param name="options">Thresholds.</param>
    /// <param name="areaUnit">Unit of the area thresholds in mask pixels.</param>
    /// <param name="artefacts">[height · width] <see cref="Artefact"/>s, which are no tissue; null: there are none.</param>
    internal static (byte[] Bits, TissueStages Stages) Find(SlideOverview map, TissueOptions options, double areaUnit, byte[]? artefacts = null)
    {
        var smooth = options.MedianSize > 1 ? MaskFilters.Median(map.Saturation, map.Width, options.MedianSize) : map.Saturation;
        int threshold = options.UseOtsu ? MaskFilters.Otsu(HistogramOf(smooth, map.Inside)) : options.SaturationThreshold;
        var bits = new byte[smooth.Length];
        for (int i = 0; i < bits.Length; i++)
            bits[i] = smooth[i] > threshold ? map.Inside[i] : (byte)0;
        long saturated = CountOf(bits);
        // Marks count as tissue for now: what they ring or cut off is part of a large piece, and the very part that somebody pointed at.
        bits = MaskFilters.Close(bits, map.Width, options.Closing);
        KeepInside(bits, map.Inside);
        long closed = CountOf(bits);
        var (pieces, dropped) = TissuePieces.DropSmall(bits, map.Width, options.MinTissueArea * areaUnit);
        long kept = CountOf(bits);
        int filled = TissuePieces.FillHoles(bits, map.Width, options.MinHoleArea * areaUnit, options.MaxHoles);
        KeepInside(bits, map.Inside);
        long marked = 0;
        if (artefacts is not null)
        {
            DropMarkedPieces(bits, artefacts, map.Width);
            for (int i = 0; i < bits.Length; i++)
                if (artefacts[i] != 0)
                    (bits[i], marked) = (0, marked + bits[i]);
        }
        return (bits, new TissueStages(CountOf(map.Inside), threshold, saturated, closed, pieces, dropped, kept, filled, CountOf(bits))
        {
            Marked = marked,
            Artefacts = SharesOf(artefacts, map.Inside),
        });
    }

    // A stroke on the glass is a piece of its own, and its pale rim shall not be left of it.
    static void DropMarkedPieces(byte[] bits, byte[] artefacts, int width)
    {
        const double mostly = 0.6;
        var pieces = ConnectedComponents.Find(bits, width, of: true, diagonal: true);
        var marked = new int[pieces.Count];
        for (int i = 0; i < bits.Length; i++)
            if (pieces.Labels[i] is >= 0 and var piece && artefacts[i] != 0)
                marked[piece]++;
        for (int i = 0; i < bits.Length; i++)
            if (pieces.Labels[i] is >= 0 and var piece && artefacts[i] == 0 && marked[piece] > mostly * pieces.Areas[piece])
                bits[i] = 0;
    }

    static void KeepInside(byte[] bits, byte[] inside)
    {
        for (int i = 0; i < bits.Length; i++)
            bits[i] &= inside[i];
    }

    static ArtefactShares SharesOf(byte[]? artefacts, byte[] inside)
    {
        if (artefacts is null)
            return ArtefactShares.None;
        var counts = new long[6];
        foreach (byte kind in artefacts)
            counts[kind]++;
        double Share(Artefact kind) => counts[(int)kind] / (double)Math.Max(1, CountOf(inside));
        return new ArtefactShares(Share(Artefact.BluePen), Share(Artefact.GreenPen), Share(Artefact.RedPen), Share(Artefact.BlackPen), Share(Artefact.DarkEdge));
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
