using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Viewer;
using Mhim.Workers.Pipeline;
using Mhim.Workers.Runs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Mhim.Workers.Jobs;

/// <summary>
/// The work itself, in the child process: the same steps as on the command line, with blobs as files. Writes results to the rows of slides,
/// predictions and runs; the job's own row belongs to the parent, which holds the lease.
/// </summary>
/// <param name="contexts">Makes contexts.</param>
/// <param name="blobs">The files.</param>
/// <param name="device">Where models run, and the encoder unless the environment names another device for it.</param>
/// <param name="configuration">For <see cref="FeatureRules"/>.</param>
sealed class JobWork(IDbContextFactory<MhimContext> contexts, BlobStore blobs, string device, IConfiguration configuration)
{
    const int ThumbnailSide = 512;

    /// <summary>Does a job's work; doing it again does no harm.</summary>
    /// <exception cref="InputException">It cannot be done, for a reason of the input's own.</exception>
    public async Task RunAsync(Guid jobId, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var job = await context.Jobs.AsNoTracking().SingleOrDefaultAsync(j => j.Id == jobId, cancel)
            ?? throw new InputException("job-unknown", $"There is no job {jobId}.");
        if (job.RunId is not null)
        {
            await new RunWork(context, blobs, device).RunAsync(job, progress, cancel);
            return;
        }
        var slide = await context.Slides.AsNoTracking().SingleAsync(s => s.Id == job.SlideId, cancel);
        var source = new SlideSource(await blobs.FetchSlideAsync(slide, cancel), slide.Name, slide.Sha256, slide.MppSource == InspectStep.ByUser ? slide.Mpp : null);
        var settings = FeatureSettings.Parse(job.Variant).With(configuration);
        if (job.Kind != JobKind.Tile) // tiles are those of any encoder that wants them so
            EncoderCatalog.RequireId(settings.EncoderId); // it becomes part of the names of files
        settings = settings with { Tissue = settings.Tissue with { AnyStain = slide.AnyStain } };
        try
        {
            await DoAsync(context, job, slide, source, settings, progress, cancel);
        }
        catch (InputException e)
        {
            throw new InputException(e.Code, InspectStep.Worded(e.Message, source.Path, slide.FileName)!, e);
        }
    }

    async Task DoAsync(MhimContext context, Job job, Slide slide, SlideSource source, FeatureSettings settings,
        IProgress<StepProgress> progress, CancellationToken cancel)
    {
        var (tiles, features) = (BlobKeys.Tiles(slide.Id, settings.TileVariant), BlobKeys.Features(slide.Id, settings.Variant));
        await using var work = await blobs.WorkAsync(job.Kind switch
        {
            JobKind.Tile => [tiles, BlobKeys.Thumbnail(slide.Id)],
            JobKind.Extract => [tiles, features],
            _ => [],
        }, cancel);
        switch (job.Kind)
        {
            case JobKind.Tile:
                var grid = TileStep.Run(source, settings.Grid, work.PathOf(tiles), progress, cancel, settings.Tissue, settings.MaxUnreadable);
                DrawThumbnail(source, work.PathOf(BlobKeys.Thumbnail(slide.Id)));
                await work.KeepAsync(cancel);
                await TellGridAsync(context, slide.Id, settings, grid, cancel);
                break;
            case JobKind.Extract:
                ExtractStep.Run(source, settings, work.PathOf(tiles), work.PathOf(features), progress, cancel, encoders: EncoderOptions.FromEnvironment(device));
                var cut = File.Exists(work.PathOf(tiles)) ? TileGrid.Load(work.PathOf(tiles)) : null; // anew, where the rules have changed since
                await work.KeepAsync(cancel);
                if (cut is not null)
                    await TellGridAsync(context, slide.Id, settings, cut, cancel);
                break;
            case JobKind.Predict:
                await PredictAsync(context, job.PredictionId!.Value, source, await blobs.FetchAsync(features, cancel), progress, cancel);
                break;
            default:
                throw new InvalidOperationException($"Jobs of kind {job.Kind} are not known.");
        }
    }

    // A slide's row tells of its own grid: that of the features that were asked for first. Those that runs and models ask for later may be others.
    static async Task TellGridAsync(MhimContext context, Guid slide, FeatureSettings settings, TileGrid grid, CancellationToken cancel)
    {
        var own = await context.Jobs.Where(j => j.SlideId == slide && j.Kind == JobKind.Extract && j.State != JobState.Failed && j.State != JobState.Cancelled)
            .OrderBy(j => j.CreatedAt).ThenBy(j => j.Id).Select(j => j.Variant).FirstOrDefaultAsync(cancel);
        if (own is not null && FeatureSettings.Parse(own).TileVariant != settings.TileVariant)
            return;
        var share = double.IsNaN(grid.TissueShare) ? (double?)null : grid.TissueShare;
        await context.Slides.Where(s => s.Id == slide)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.TissueShare, share).SetProperty(s => s.TileCount, grid.Coords.Length), cancel);
    }

    async Task PredictAsync(
        MhimContext context, Guid predictionId, SlideSource source, string features, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        var prediction = await context.Predictions.SingleAsync(p => p.Id == predictionId, cancel);
        var modelKey = await context.Models.Where(m => m.Id == prediction.ModelId).Select(m => m.BlobKey).SingleAsync(cancel);
        var model = await blobs.FetchFolderAsync(modelKey, cancel);
        await using var work = await blobs.WorkAsync([prediction.BlobKey], cancel);
        var summary = PredictStep.Run(source, features, model, work.PathOf(prediction.BlobKey), device, progress, cancel);
        await work.KeepAsync(cancel);
        prediction.PredictedClass = summary.PredictedClass;
        prediction.Probabilities = [.. summary.Classes.Select(c => c.Probability)];
        prediction.TopTiles = summary.TopTiles.Count;
        await context.SaveChangesAsync(cancel);
    }

    static void DrawThumbnail(SlideSource source, string path)
    {
        if (File.Exists(path))
            return;
        using var slide = source.Open();
        AtomicFile.WriteAllBytes(path, Thumbnail.Png(slide, ThumbnailSide));
    }
}
