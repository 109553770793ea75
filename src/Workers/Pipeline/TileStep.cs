using System.Globalization;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Tissue;

namespace Mhim.Workers.Pipeline;

/// <summary>Second step: finds the tissue and cuts the tile grid, into a patch file in the TRIDENT layout.</summary>
public static class TileStep
{
    const string TissueShare = "tissue_share";

    // Raised when tissue detection or the grid changes its results, so that old files are made anew.
    const int Version = 1;

    /// <summary>Cuts the grid, or reads it when the file was made from the same slide and options.</summary>
    /// <param name="source">The slide.</param>
    /// <param name="grid">How to cut.</param>
    /// <param name="path">The patch file.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Leaves nothing half-written.</param>
    /// <exception cref="InputException">The slide cannot be read; <c>no-tissue</c>: no tile is left.</exception>
    public static TileGrid Run(SlideSource source, GridOptions grid, string path, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var inputs = InputsOf(source, grid);
        if (StepInputs.Made(path, inputs))
            return Read(source, path);
        using var slide = source.Open();
        progress?.Report(new StepProgress(0, "finding tissue"));
        var mask = TissueFinder.Find(slide, new TissueOptions());
        cancel.ThrowIfCancellationRequested();
        progress?.Report(new StepProgress(0.7, "cutting tiles"));
        var tiles = TileGrid.Cut(slide, source.SlideId, mask, grid);
        cancel.ThrowIfCancellationRequested();
        TridentFile.WriteCoords(path, source.SlideId, tiles.Coords, tiles.Geometry, new Dictionary<string, string>
        {
            ["slide_sha256"] = source.Sha256,
            [TissueShare] = tiles.TissueShare.ToString("R", CultureInfo.InvariantCulture),
            [StepInputs.Attribute] = inputs,
        });
        progress?.Report(new StepProgress(1, "tiled"));
        return tiles;
    }

    internal static string InputsOf(SlideSource source, GridOptions grid) =>
        StepInputs.Of("tile", Version, source.Sha256, source.SlideId, source.Mpp, new TissueOptions(), grid);

    static TileGrid Read(SlideSource source, string path)
    {
        var (_, coords, geometry) = TridentFile.ReadCoords(path);
        var share = double.Parse(TridentFile.ReadProvenance(path, TissueShare)!, CultureInfo.InvariantCulture);
        return new TileGrid(source.SlideId, coords, geometry, share);
    }
}
