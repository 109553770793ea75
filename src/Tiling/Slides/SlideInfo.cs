namespace Mhim.Tiling.Slides;

/// <summary>What is known of a slide without reading pixels.</summary>
/// <param name="Vendor">OpenSlide's word for the format, for example <c>aperio</c> or <c>generic-tiff</c>.</param>
/// <param name="Width">Width of level 0 in pixels.</param>
/// <param name="Height">Height of level 0 in pixels.</param>
/// <param name="Levels">The pyramid, largest first; at least one.</param>
/// <param name="Resolution">µm per pixel and where it comes from.</param>
/// <param name="ObjectivePower">Objective power as the scanner states it (20, 40 …); a cross-check only.</param>
/// <param name="Bounds">The scanned part in level-0 pixels, where the format says (MIRAX); null otherwise.</param>
/// <param name="Background">Colour of what was not scanned, <c>RRGGBB</c>, when the format says.</param>
/// <param name="AssociatedImages">Names of label, macro and thumbnail images; their pixels are never read (a label can show a patient's name).</param>
/// <param name="Properties">Everything that the format says, as text.</param>
public sealed record SlideInfo(
    string Vendor, long Width, long Height, IReadOnlyList<SlideLevel> Levels, Resolution Resolution, double? ObjectivePower,
    SlideBounds? Bounds, string? Background, IReadOnlyList<string> AssociatedImages, IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>The scanned part: <see cref="Bounds"/>, or the whole of level 0.</summary>
    public SlideBounds Scanned => Bounds ?? new SlideBounds(0, 0, Width, Height);

    /// <summary>The level to read from for a wanted scale: the smallest one that is not coarser; never a name such as "20×".</summary>
    /// <param name="downsample">Level-0 pixels per wanted pixel, above 0.</param>
    public int BestLevelFor(double downsample)
    {
        int best = 0;
        for (int level = 1; level < Levels.Count; level++)
            if (Levels[level].Downsample <= downsample * (1 + 1e-6)) // levels are rounded to whole pixels: 4.0003 serves for 4
                best = level;
        return best;
    }
}

/// <summary>One level of a pyramid.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Downsample">Level-0 pixels per pixel, 1 or more; rarely a whole number.</param>
public sealed record SlideLevel(long Width, long Height, double Downsample);

/// <summary>A rectangle in level-0 pixels.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Width, at least 1.</param>
/// <param name="Height">Height, at least 1.</param>
public sealed record SlideBounds(long X, long Y, long Width, long Height);
