namespace Mhim.Tiling.Synthetic;

/// <summary>One planned slide of a synthetic cohort.</summary>
/// <param name="SlideId">Its name, without folder or extension.</param>
/// <param name="CaseId">The patient it belongs to.</param>
/// <param name="Label"><see cref="SyntheticCohort.Normal"/> or <see cref="SyntheticCohort.Tumour"/>.</param>
/// <param name="Scanner">What scanned it.</param>
/// <param name="Width">Width of level 0 in pixels.</param>
/// <param name="Height">Height of level 0 in pixels.</param>
/// <param name="Seed">Makes the drawing; the same record draws the same bytes.</param>
public sealed record SyntheticSlide(
    string SlideId, string CaseId, string Label, SyntheticScanner Scanner, int Width, int Height, ulong Seed)
{
    /// <summary>Resolution of level 0, µm per pixel.</summary>
    public double Mpp => Scanner.Mpp;

    /// <summary>
    /// Draws the slide and writes it as a pyramidal tiled TIFF (tiles of 256, JPEG quality 85, resolution tags in pixels per centimetre), and
    /// beside it the truth as PNG (see <see cref="TruthMask"/>). May be called for several slides at once.
    /// </summary>
    /// <param name="slidePath">Where the TIFF shall appear, <c>.tif</c>; replaced when it exists.</param>
    /// <param name="truthPath">Where the PNG shall appear, <c>.png</c>; replaced when it exists.</param>
    public void Write(string slidePath, string truthPath) => throw new NotImplementedException();
}
