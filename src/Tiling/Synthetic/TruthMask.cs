namespace Mhim.Tiling.Synthetic;

/// <summary>
/// Where the tumour is on a synthetic slide: 8-bit grey PNG, one pixel for each block of 16×16 level-0 pixels;
/// 0 = glass, 85 = tissue, 255 = tumour.
/// </summary>
public sealed class TruthMask
{
    /// <summary>Level-0 pixels per pixel of the mask.</summary>
    public const int Downsample = 16;

    /// <summary>Value of a mask pixel on tissue without tumour.</summary>
    public const byte TissueValue = 85;

    /// <summary>Value of a mask pixel on tumour.</summary>
    public const byte TumourValue = 255;

    /// <summary>Reads a mask that <see cref="SyntheticSlide.Write"/> wrote.</summary>
    /// <param name="path">The PNG.</param>
    /// <exception cref="Features.InputException"><c>truth-unreadable</c>: missing or no PNG.</exception>
    public static TruthMask Load(string path) => throw new NotImplementedException();

    /// <summary>Share of a square tile that is tumour, 0..1; what lies outside the slide counts as no tumour.</summary>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="sizeLevel0">Side in level-0 pixels.</param>
    public double ShareOfTile(long x0, long y0, int sizeLevel0) => throw new NotImplementedException();

    /// <summary>Tumour's share of the slide's tissue, 0..1.</summary>
    public double TumourShareOfTissue => throw new NotImplementedException();
}
