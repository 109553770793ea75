using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Grid;
using Mhim.Workers.Pipeline;

namespace Mhim.Api.Slides;

/// <summary>What a slide's files say of it: its own header, and what tiling and encoding noted in theirs.</summary>
sealed record SlideFacts(SlideResolutionDto? Resolution, SlideQuality? Quality, IReadOnlyDictionary<string, long>? TileFates)
{
    public static SlideFacts Of(Slide slide, BlobStore blobs, SlideViewers viewers, FeatureSettings settings)
    {
        string? Made(string key) => blobs.Exists(key) ? blobs.PathOf(key) : null;
        var tiles = Made(BlobKeys.Tiles(slide.Id, settings.TileVariant));
        var grid = Try(() => tiles is null ? null : TileGrid.Load(tiles));
        // The features' ledger knows more: which tiles were blurred or could not be read.
        var ledger = Made(BlobKeys.Features(slide.Id, settings.Variant)) is { } features ? Try(() => TridentFile.ReadLedger(features)) : null;
        return new SlideFacts(Try(() => ResolutionOf(slide, blobs, viewers)), grid?.Quality, (ledger ?? grid?.Ledger)?.Counts());
    }

    static SlideResolutionDto ResolutionOf(Slide slide, BlobStore blobs, SlideViewers viewers)
    {
        using var loan = viewers.Borrow(slide.Id, blobs.PathOf(slide.BlobKey), slide.MppSource == InspectStep.ByUser ? slide.Mpp : null);
        var resolution = loan.Slide.Info.Resolution;
        return new SlideResolutionDto(resolution.Mpp, resolution.Source, resolution.Confidence, resolution.Notes);
    }

    // The rows are the truth; a file that has gone missing or bad shall not hide them.
    static T? Try<T>(Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (InputException)
        {
            return null;
        }
    }
}
