namespace Mhim.Tiling.Tissue;

/// <summary>The presets of <see cref="TissueOptions"/>.</summary>
public enum TissuePreset
{
    /// <summary><see cref="TissueOptions.Default"/>.</summary>
    Default,

    /// <summary><see cref="TissueOptions.Tcga"/>.</summary>
    Tcga,

    /// <summary><see cref="TissueOptions.Biopsy"/>.</summary>
    Biopsy,

    /// <summary><see cref="TissueOptions.Resection"/>.</summary>
    Resection,
}

/// <summary>
/// How tissue is told from glass: the parameters and presets of CLAM, of which INTEROP.md gives the values (Lu et al. 2021,
/// doi:10.1038/s41551-020-00682-w, Methods, "WSI processing"). The method is written anew.
/// </summary>
/// <param name="SaturationThreshold">A pixel whose smoothed saturation is above this is tissue, 0 to 255. Not looked at with <paramref name="UseOtsu"/>.</param>
/// <param name="MedianSize">Side of the median filter over the saturation in mask pixels: odd, 1 (none) to 255.</param>
/// <param name="Closing">Side of the square of the morphological closing in mask pixels; 0 or 1: none.</param>
/// <param name="MinTissueArea">Pieces of tissue of this area or less are dropped, in units of 512² level-0 pixels (see <see cref="AreaUnit"/>).</param>
/// <param name="MinHoleArea">Holes of this area or less are filled, in the same units.</param>
/// <param name="MaxHoles">At most this many holes, the largest, stay open in one piece of tissue.</param>
/// <param name="UseOtsu">Take the threshold from the saturation's histogram (Otsu 1979) instead.</param>
/// <param name="RemoveArtefacts">Take pen marks and dark edges out; false is CLAM's method as it is (and for stains of a pen's colour: Alcian blue, trichrome).</param>
/// <param name="AnyStain">Take fluorescence and unstained slides too; their tissue is what differs from the background (Otsu).</param>
public sealed record TissueOptions(
    int SaturationThreshold = 8, int MedianSize = 7, int Closing = 4,
    double MinTissueArea = 100, double MinHoleArea = 16, int MaxHoles = 8, bool UseOtsu = false,
    bool RemoveArtefacts = true, bool AnyStain = false)
{
    /// <summary>Preset for any slide: 8, 7, 4, 100, 16, 8.</summary>
    public static TissueOptions Default { get; } = new();

    /// <summary>Preset for TCGA's diagnostic slides: 8, 7, 4, 16, 4, 8.</summary>
    public static TissueOptions Tcga { get; } = new(8, 7, 4, 16, 4, 8);

    /// <summary>Preset for biopsies, whose pieces are small: 15, 11, 2, 1, 1, 2.</summary>
    public static TissueOptions Biopsy { get; } = new(15, 11, 2, 1, 1, 2);

    /// <summary>Preset for resections: 15, 11, 4, 100, 16, 8.</summary>
    public static TissueOptions Resection { get; } = new(15, 11, 4, 100, 16, 8);

    /// <summary>A preset by its name.</summary>
    public static TissueOptions Of(TissuePreset preset) => preset switch
    {
        TissuePreset.Tcga => Tcga,
        TissuePreset.Biopsy => Biopsy,
        TissuePreset.Resection => Resection,
        _ => Default,
    };

    /// <summary>
    /// The unit of the two areas in level-0 pixels: 512², unless <see cref="MinTissueArea"/> of them would be more than 1% of the slide
    /// (100 · 512² is more than the whole of many cut-outs and biopsies); then as much smaller as makes it 1%. Both areas shrink alike.
    /// </summary>
    /// <param name="slideArea">Scanned area in level-0 pixels.</param>
    public double AreaUnit(double slideArea) =>
        MinTissueArea <= 0 ? 512 * 512 : Math.Min(512 * 512, 0.01 * slideArea / MinTissueArea);
}
