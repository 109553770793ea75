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
    /// <param name="places">Tiles that fit into the scanned part.</param>
    /// <param name="best">Largest tissue share of any of them.</param>
    internal static InputException Report(ISlide slide, TissueMask mask, GridOptions options, TileGeometry geometry, long places, double best)
    {
        var stages = mask.Stages;
        string Share(long pixels) => stages.Pixels == 0 ? "0%" : $"{100.0 * pixels / stages.Pixels:0.##}%";
        string counts =
            $"saturation above {stages.Threshold}: {Share(stages.Saturated)} of the slide, after closing {Share(stages.Closed)} in {stages.Pieces} pieces, "
            + $"{stages.DroppedPieces} of them dropped as too small, tissue left {Share(stages.Tissue)}; "
            + $"of {places} tiles none with a tissue share of {options.MinTissue:0.##} or more (best {best:0.##})";
        string advice =
            places == 0 ? $"a tile of {geometry.TileSizeLevel0} pixels is larger than the scanned part; ask for smaller tiles or a finer --target-mpp"
            : stages.Saturated == 0 ? "nothing is coloured: a blank slide, or not stained; try a lower saturation threshold or Otsu"
            : stages.Tissue == 0 ? "try the biopsy preset, which keeps small pieces"
            : "ask for a smaller tissue share per tile or for smaller tiles";
        return new InputException("no-tissue", $"No tile of '{slide.Path}' has enough tissue ({counts}); {advice}.");
    }
}
