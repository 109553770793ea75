using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Grid;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Slides;

/// <summary>What a slide's files say of it: its own header, and what tiling and encoding noted in theirs.</summary>
sealed record SlideFacts(SlideResolutionDto? Resolution, SlideQuality? Quality, IReadOnlyDictionary<string, long>? TileFates)
{
    public static async Task<SlideFacts> OfAsync(Slide slide, BlobStore blobs, SlideViewers viewers, FeatureSettings? settings, CancellationToken cancel)
    {
        var (grid, ledger) = await TilesOfAsync(slide, blobs, settings, cancel);
        return new SlideFacts(await TryAsync(() => ResolutionOfAsync(slide, blobs, viewers, cancel)), grid?.Quality, ledger?.Counts());
    }

    /// <summary>What a slide's own features are made with. When its encoder is away, as they were asked for; null: nobody knows any more.</summary>
    public static async Task<FeatureSettings?> SettingsOfAsync(MhimContext context, Slide slide, FeatureSettings settings, CancellationToken cancel)
    {
        try
        {
            return SlideUpload.SettingsOf(slide, settings);
        }
        catch (InputException)
        {
            var asked = await context.Jobs.Where(j => j.SlideId == slide.Id && j.Kind == JobKind.Extract).OrderBy(j => j.CreatedAt).Select(j => j.Variant).ToListAsync(cancel);
            return asked.Select(FeatureSettings.Parse).FirstOrDefault(known => known.EncoderId == slide.EncoderId);
        }
    }

    /// <summary>The tile grid and what became of its places; null until the slide is tiled, or when the files are bad.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="blobs">The files.</param>
    /// <param name="settings">Of its own features; null: nobody knows.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<(TileGrid? Grid, TileLedger? Ledger)> TilesOfAsync(Slide slide, BlobStore blobs, FeatureSettings? settings, CancellationToken cancel)
    {
        if (settings is null)
            return (null, null);
        var grid = await TryAsync(async () => await blobs.FindAsync(BlobKeys.Tiles(slide.Id, settings.TileVariant), cancel) is { } tiles ? TileGrid.Load(tiles) : null);
        // The features' ledger knows more: which tiles were blurred or could not be read.
        var ledger = await TryAsync(async () => await blobs.FindAsync(BlobKeys.Features(slide.Id, settings.Variant), cancel) is { } features ? TridentFile.ReadLedger(features) : null);
        return (grid, ledger ?? grid?.Ledger);
    }

    static async Task<SlideResolutionDto?> ResolutionOfAsync(Slide slide, BlobStore blobs, SlideViewers viewers, CancellationToken cancel)
    {
        using var loan = viewers.Borrow(slide.Id, await blobs.FetchSlideAsync(slide, cancel), slide.MppSource == InspectStep.ByUser ? slide.Mpp : null);
        var resolution = loan.Slide.Info.Resolution;
        return new SlideResolutionDto(resolution.Mpp, resolution.Source, resolution.Confidence, resolution.Notes);
    }

    // The rows are the truth; a file that has gone missing or bad, or cannot be had at the moment, shall not hide them.
    static async Task<T?> TryAsync<T>(Func<Task<T?>> read) where T : class
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is InputException or BlobsAwayException)
        {
            return null;
        }
    }
}
