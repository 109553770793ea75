namespace Mhim.Tiling.Tissue;

/// <summary>What each stage of tissue finding left, in mask pixels: for the report when nothing is left.</summary>
/// <param name="Pixels">Mask pixels in the scanned part of the slide.</param>
/// <param name="Threshold">Saturation above which a pixel counts, 0 to 255; as given, or Otsu's.</param>
/// <param name="Saturated">Pixels above the threshold, after the median filter.</param>
/// <param name="Closed">Pixels after closing.</param>
/// <param name="Pieces">Connected pieces of tissue after closing.</param>
/// <param name="DroppedPieces">Those of them that were too small.</param>
/// <param name="Kept">Pixels of the pieces that were kept, before their holes were filled.</param>
/// <param name="FilledHoles">Holes that were filled.</param>
/// <param name="Tissue">Pixels of the mask in the end.</param>
public sealed record TissueStages(
    long Pixels, int Threshold, long Saturated, long Closed, int Pieces, int DroppedPieces, long Kept, int FilledHoles, long Tissue)
{
    /// <summary>Mask pixels that were taken out in the end as pen marks or dark edges.</summary>
    public long Marked { get; init; }

    /// <summary>What was found beside tissue.</summary>
    public ArtefactShares Artefacts { get; init; } = ArtefactShares.None;
}
