using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Grid;

/// <summary>Why a slide has no tile: which stage took how much, and what to try.</summary>
internal static class NoTissue
{
    /// <param name="slide">The slide.</param>
    /// <param name="mask">Its tissue.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="geometry">What that means on this slide.</param>
    /// <param name="ledger">What became of the tiles that fit into the scanned part.</param>
    /// <param name="best">Largest tissue share of any of them.</param>
    internal static InputException Report(ISlide slide, TissueMask mask, GridOptions options, TileGeometry geometry, TileLedger ledger, double best)
    {
        var stages = mask.Stages;
        string Share(long pixels) => stages.Pixels == 0 ? "0%" : $"{100.0 * pixels / stages.Pixels:0.##}%";
        long places = ledger.Fates.Length, pen = ledger.Count(TileFate.Pen), dark = ledger.Count(TileFate.DarkEdge), unreadable = ledger.Count(TileFate.Unreadable);
        string marks = stages.Marked == 0 && pen + dark == 0 ? "" : $"pen marks and dark edges took {Share(stages.Marked)}, ";
        string skipped = (pen > 0 ? $", {pen} under pen marks" : "") + (dark > 0 ? $", {dark} on dark edges" : "") + (unreadable > 0 ? $", {unreadable} unreadable" : "");
        string counts =
            $"saturation above {stages.Threshold}: {Share(stages.Saturated)} of the slide, after closing {Share(stages.Closed)} in {stages.Pieces} pieces, "
            + $"{stages.DroppedPieces} of them dropped as too small, {marks}tissue left {Share(stages.Tissue)}; "
            + $"of {places} tiles none with a tissue share of {options.MinTissue:0.##} or more (best {best:0.##}){skipped}";
        string advice =
            places == 0 ? $"a tile of {geometry.TileSizeLevel0} pixels is larger than the scanned part; ask for smaller tiles or a finer --target-mpp"
            : unreadable > 0 && unreadable * 2 >= places ? "the file is damaged; copy or scan it again"
            : (pen + dark) * 2 > places || stages.Tissue == 0 && stages.Marked > 0 ? "most of it lies under marks; if those are no marks but a stain (Alcian blue, trichrome), say --keep-marks"
            : stages.Saturated == 0 && mask.Light != SlideLight.Brightfield ? "nothing on it differs from its background: a blank slide"
            : stages.Saturated == 0 ? "nothing is coloured: a blank slide, or not stained; try --saturation 4, or --otsu"
            : stages.Tissue == 0 ? "try --tissue biopsy, which keeps small pieces"
            : "ask for a smaller --min-tissue or for smaller tiles";
        return new InputException("no-tissue", $"No tile of '{slide.Path}' has enough tissue ({counts}); {advice}.");
    }
}
