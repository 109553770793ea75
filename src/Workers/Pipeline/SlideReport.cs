using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Workers.Pipeline;

/// <summary>What a slide's pixels say of it: how much tissue, which artefacts, what a tile grid would make of it.</summary>
/// <param name="Quality">Shares; null when <paramref name="Problem"/> says why.</param>
/// <param name="Ledger">Places of a grid of 256 px at 0.5 µm/px (or the slide's own resolution) by fate; null without a resolution or tissue.</param>
/// <param name="ProblemCode">Why tiling would refuse it: a stable word.</param>
/// <param name="Problem">The same as a sentence.</param>
public sealed record SlideReport(SlideQuality? Quality, IReadOnlyDictionary<string, long>? Ledger, string? ProblemCode, string? Problem)
{
    /// <summary>Looks.</summary>
    /// <param name="slide">An open slide.</param>
    /// <exception cref="InputException"><c>slide-unreadable</c>; every other reason is part of the report.</exception>
    public static SlideReport Of(ISlide slide)
    {
        var mask = TissueFinder.Find(slide, TissueOptions.Default with { AnyStain = true });
        if (mask.Light != SlideLight.Brightfield)
            return new SlideReport(SlideQuality.Of(slide, mask, null), null, mask.Light == SlideLight.Dark ? "not-brightfield" : "not-stained",
                mask.Light == SlideLight.Dark ? "fluorescence or dark field, refused unless --any-stain" : "not stained, refused unless --any-stain");
        var resolution = slide.Info.Resolution;
        if (resolution.Problem is not null)
            return new SlideReport(SlideQuality.Of(slide, mask, null), null, resolution.ProblemCode, "no tiles without a resolution");
        try
        {
            var grid = TileGrid.Cut(slide, SlideFile.IdOf(slide.Path), mask, new GridOptions(Mpp: Math.Max(new GridOptions().Mpp, resolution.Mpp!.Value)));
            return new SlideReport(SlideQuality.Of(slide, mask, grid), grid.Ledger?.Counts(), null, null);
        }
        catch (InputException e)
        {
            return new SlideReport(SlideQuality.Of(slide, mask, null), null, e.Code, e.Message);
        }
    }
}
