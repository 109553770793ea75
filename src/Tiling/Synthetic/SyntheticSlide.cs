using Mhim.Features.Files;
using NetVips;

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
    public void Write(string slidePath, string truthPath)
    {
        var drawing = SyntheticDrawing.Draw(this);
        using (var truth = Image.NewFromMemory(
            drawing.Truth, drawing.TruthColumns, drawing.Truth.Length / drawing.TruthColumns, 1, Enums.BandFormat.Uchar))
            AtomicFile.Write(truthPath, path => truth.Pngsave(path));
        using var picture = Image.NewFromMemory(drawing.Rgb, Width, Height, 3, Enums.BandFormat.Uchar);
        using var named = picture.Copy(interpretation: Enums.Interpretation.Srgb);
        // libvips counts in pixels per millimetre whatever unit the file shall name.
        var perMillimetre = 1000 / Mpp;
        AtomicFile.Write(slidePath, path => named.Tiffsave(
            path, compression: Enums.ForeignTiffCompression.Jpeg, q: 85, tile: true, tileWidth: 256, tileHeight: 256, pyramid: true,
            resunit: Enums.ForeignTiffResunit.Cm, xres: perMillimetre, yres: perMillimetre));
    }
}
