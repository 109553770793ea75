using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Jobs;

/// <summary>Which jobs lead to what is wanted. Only adds rows that are not there yet; the caller saves and settles (<see cref="JobBook.SettleAsync"/>).</summary>
public static class JobPlan
{
    /// <summary>Plans tile and extract jobs for a slide.</summary>
    /// <returns>The extract job, new or old.</returns>
    public static async Task<Job> FeaturesAsync(MhimContext context, Guid slideId, FeatureSettings settings, CancellationToken cancel)
    {
        // Tiles are part of the variant's chain: the grid decides them, the encoder does not.
        var tile = await FindOrAddAsync(context, $"tile:{slideId}:{settings.TileVariant}", () => new Job
        {
            Kind = JobKind.Tile, Queue = JobQueues.Tiling, Key = "", SlideId = slideId, Variant = settings.Variant,
        }, cancel);
        return await FindOrAddAsync(context, $"extract:{slideId}:{settings.Variant}", () => new Job
        {
            Kind = JobKind.Extract, Queue = JobQueues.Gpu, Key = "", SlideId = slideId, AfterId = tile.Id, Variant = settings.Variant,
        }, cancel);
    }

    /// <summary>Plans a prediction, behind the features that its model wants.</summary>
    /// <returns>The predict job, new or old.</returns>
    public static async Task<Job> PredictionAsync(MhimContext context, Prediction prediction, FeatureSettings settings, CancellationToken cancel)
    {
        var extract = await FeaturesAsync(context, prediction.SlideId, settings, cancel);
        return await FindOrAddAsync(context, $"predict:{prediction.Id}", () => new Job
        {
            Kind = JobKind.Predict, Queue = JobQueues.Gpu, Key = "", SlideId = prediction.SlideId, PredictionId = prediction.Id,
            AfterId = extract.Id, Variant = settings.Variant,
        }, cancel);
    }

    static async Task<Job> FindOrAddAsync(MhimContext context, string key, Func<Job> make, CancellationToken cancel)
    {
        if (await context.Jobs.SingleOrDefaultAsync(j => j.Key == key, cancel) is { } found)
            return found;
        var job = make();
        job.Key = key;
        job.State = JobState.Waiting;
        context.Jobs.Add(job);
        return job;
    }
}
