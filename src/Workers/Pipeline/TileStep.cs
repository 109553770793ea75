using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Heatmaps;
using Mhim.Tiling.Tissue;

namespace Mhim.Workers.Pipeline;

/// <summary>Second step: finds the tissue and cuts the tile grid, into a patch file in the TRIDENT layout with the tissue's outline beside it.</summary>
public static class TileStep
{
    // Raised when tissue detection or the grid changes its results, so that old files are made anew.
    const int Version = 3;

    /// <summary>Cuts the grid, or reads it when the file was made from the same slide and options.</summary>
    /// <param name="source">The slide.</param>
    /// <param name="grid">How to cut.</param>
    /// <param name="path">The patch file.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Leaves nothing half-written.</param>
    /// <param name="tissue">How tissue is found; null: as usual.</param>
    /// <param name="maxUnreadable">Share of the slide that may be unreadable, 0 to 1, where that is more than usual. Decides whether there are tiles, not which.</param>
    /// <exception cref="InputException">The slide cannot be read; <c>no-tissue</c>: no tile is left; <c>not-brightfield</c>, <c>not-stained</c>.</exception>
    public static TileGrid Run(SlideSource source, GridOptions grid, string path, IProgress<StepProgress>? progress, CancellationToken cancel,
        TissueOptions? tissue = null, double maxUnreadable = 0)
    {
        tissue ??= TissueOptions.Default;
        var inputs = InputsOf(source, grid, tissue);
        if (StepInputs.Made(path, inputs))
            return TileGrid.Load(path) with { SlideId = source.SlideId };
        using var slide = source.Open();
        progress?.Report(new StepProgress(0, "finding tissue"));
        var mask = TissueFinder.Find(slide, tissue, maxUnreadable);
        cancel.ThrowIfCancellationRequested();
        progress?.Report(new StepProgress(0.7, "cutting tiles"));
        var tiles = TileGrid.Cut(slide, source.SlideId, mask, grid);
        tiles = tiles with { Quality = SlideQuality.Of(slide, mask, tiles) };
        cancel.ThrowIfCancellationRequested();
        TissueGeoJson.Write(OutlinePath(path), mask.Contours(), slide.Info.Bounds);
        // Written last: a patch file of these inputs says that the step is done.
        tiles.Save(path, source.Provenance(new Dictionary<string, string> { [StepInputs.Attribute] = inputs }));
        progress?.Report(new StepProgress(1, "tiled"));
        return tiles;
    }

    /// <summary>What a patch file says of its slide's quality; null when it is not there or does not say.</summary>
    /// <param name="path">The patch file.</param>
    public static SlideQuality? QualityOf(string path) => File.Exists(path) ? TileGrid.Load(path).Quality : null;

    internal static string InputsOf(SlideSource source, GridOptions grid, TissueOptions tissue) =>
        StepInputs.Of("tile", Version, source.Sha256, source.SlideId, source.Mpp, tissue, grid);

    /// <summary>Where the outline of the tissue lies, beside the patch file: GeoJSON for QuPath.</summary>
    /// <param name="path">The patch file.</param>
    public static string OutlinePath(string path) => Path.ChangeExtension(path, ".tissue.geojson");
}
