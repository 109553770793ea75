using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Jobs;

/// <summary>Which jobs lead to what is wanted. Only adds rows that are not there yet; the caller saves and settles (<see cref="JobBook.SettleAsync"/>).</summary>
public static class JobPlan
{
    // Of one question; databases take some thousands of values at most.
    const int MostKeys = 500;

    /// <summary>Plans tile and extract jobs for a slide.</summary>
    /// <returns>The extract job, new or old.</returns>
    public static async Task<Job> FeaturesAsync(MhimContext context, Guid slideId, FeatureSettings settings, CancellationToken cancel) =>
        (await FeaturesAsync(context, [slideId], settings, cancel))[0];

    // Asked for many slides at once: a run has thousands.
    static async Task<List<Job>> FeaturesAsync(MhimContext context, IReadOnlyList<Guid> slides, FeatureSettings settings, CancellationToken cancel)
    {
        // Tiles are part of the variant's chain: the grid decides them, the encoder does not.
        var model = ModelOf(settings.EncoderId);
        var wanted = slides.Select(slide => (Slide: slide, Tile: $"tile:{slide}:{settings.TileVariant}", Extract: $"extract:{slide}:{settings.Variant}{model}")).ToList();
        var known = new Dictionary<string, Job>(StringComparer.Ordinal);
        foreach (var keys in wanted.SelectMany(keys => (string[])[keys.Tile, keys.Extract]).Chunk(MostKeys))
            foreach (var job in await context.Jobs.Where(j => keys.Contains(j.Key)).ToListAsync(cancel))
                known[job.Key] = job;
        var extracts = new List<Job>(slides.Count);
        foreach (var (slide, tileKey, extractKey) in wanted)
        {
            if (!known.TryGetValue(tileKey, out var tile))
                known[tileKey] = tile = Add(context, tileKey, new Job { Kind = JobKind.Tile, Queue = JobQueues.Tiling, Key = "", SlideId = slide, Variant = settings.Variant });
            if (!known.TryGetValue(extractKey, out var extract))
                known[extractKey] = extract = Add(context, extractKey, new Job
                {
                    Kind = JobKind.Extract, Queue = JobQueues.Gpu, Key = "", SlideId = slide, AfterId = tile.Id, Variant = settings.Variant,
                });
            extracts.Add(extract);
        }
        return extracts;
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

    /// <summary>Plans a run: its slides' features, then what gathers them, a job for each fold, and what pools the folds.</summary>
    /// <param name="context">The rows.</param>
    /// <param name="run">A new row.</param>
    /// <param name="slides">Every slide of the run.</param>
    /// <param name="settings">The features that the run learns from.</param>
    /// <param name="cancel">Adds nothing.</param>
    public static async Task RunAsync(MhimContext context, Run run, IReadOnlyList<Guid> slides, FeatureSettings settings, CancellationToken cancel)
    {
        var gather = Add(context, $"gather:{run.Id}", new Job { Kind = JobKind.Gather, Queue = JobQueues.Tiling, Key = "", RunId = run.Id, Variant = run.Variant });
        var pool = Add(context, $"pool:{run.Id}", new Job { Kind = JobKind.Pool, Queue = JobQueues.Gpu, Key = "", RunId = run.Id, Variant = run.Variant });
        foreach (var extract in await FeaturesAsync(context, slides, settings, cancel))
            context.JobPrerequisites.Add(new JobPrerequisite { JobId = gather.Id, BeforeId = extract.Id });
        for (var fold = 0; fold < run.Folds; fold++)
        {
            var train = Add(context, $"train:{run.Id}:{fold}", new Job
            {
                Kind = JobKind.Train, Queue = JobQueues.Gpu, Key = "", RunId = run.Id, Fold = fold, AfterId = gather.Id, Variant = run.Variant,
            });
            context.JobPrerequisites.Add(new JobPrerequisite { JobId = pool.Id, BeforeId = train.Id });
        }
    }

    // A model that replaced another under its name gives other features: making them is other work.
    static string ModelOf(string encoderId)
    {
        try
        {
            return EncoderCatalog.Fingerprint(encoderId) is var model && model != encoderId ? $":{StepInputs.Of(model)[..12]}" : "";
        }
        catch (InputException)
        {
            return ""; // not here: who shall extract with it says so
        }
    }

    static async Task<Job> FindOrAddAsync(MhimContext context, string key, Func<Job> make, CancellationToken cancel)
    {
        if (await context.Jobs.SingleOrDefaultAsync(j => j.Key == key, cancel) is { } found)
            return found;
        return Add(context, key, make());
    }

    static Job Add(MhimContext context, string key, Job job)
    {
        job.Key = key;
        job.State = JobState.Waiting;
        context.Jobs.Add(job);
        return job;
    }
}
