using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mhim.Workers.Jobs;

/// <summary>Removes what is older than the settings want, rows and files, at start and every hour; any number of processes may do so at once.</summary>
sealed class RetentionSweep(IDbContextFactory<MhimContext> contexts, BlobStore blobs, RetentionOptions options, ILogger<RetentionSweep> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (options is { Jobs: null, Audit: null, Predictions: null })
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1));
        do
            try
            {
                await SweepAsync(DateTime.UtcNow, stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("What is too old could not be removed: {Reason}", e.Message);
            }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>Does it once.</summary>
    internal async Task SweepAsync(DateTime now, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var (predictions, jobs, entries) = (0, 0, 0);
        if (now - options.Predictions is { } predictionsBefore)
            predictions = await PredictionsAsync(context, predictionsBefore, cancel);
        if (now - options.Jobs is { } jobsBefore)
            // The last of a chain first; whatever came before it goes in the next round.
            for (var removed = 1; removed > 0; jobs += removed)
                removed = await context.Jobs.Where(j => (j.State == JobState.Succeeded || j.State == JobState.Failed || j.State == JobState.Cancelled)
                        && j.FinishedAt < jobsBefore && j.PredictionId == null && j.RunId == null
                        // The reason why a slide failed stands in its jobs.
                        && !context.Slides.Any(s => s.Id == j.SlideId && s.State != SlideState.Ready)
                        && !context.Jobs.Any(after => after.AfterId == j.Id)
                        && !context.JobPrerequisites.Any(edge => edge.BeforeId == j.Id))
                    .ExecuteDeleteAsync(cancel);
        if (now - options.Audit is { } auditBefore)
            entries = await context.Audit.Where(e => e.At < auditBefore).ExecuteDeleteAsync(cancel);
        if (predictions + jobs + entries > 0)
            log.LogInformation("Removed for their age: {Predictions} predictions, {Jobs} jobs, {Entries} audit entries", predictions, jobs, entries);
    }

    async Task<int> PredictionsAsync(MhimContext context, DateTime before, CancellationToken cancel)
    {
        // What somebody said of a prediction is lost with it, and nobody can compute that again.
        var silent = context.Predictions.Where(p => !context.Opinions.Any(o => o.PredictionId == p.Id));
        var old = await silent.Where(p => context.Jobs.Any(j => j.PredictionId == p.Id)
                && !context.Jobs.Any(j => j.PredictionId == p.Id && (j.FinishedAt == null || j.FinishedAt >= before || (j.State != JobState.Succeeded && j.State != JobState.Failed && j.State != JobState.Cancelled))))
            .Select(p => new { p.Id, p.BlobKey }).ToListAsync(cancel);
        var removed = 0;
        foreach (var prediction in old)
        {
            // Rows first: files without a row are swept, a row without its files would be a promise.
            if (await silent.Where(p => p.Id == prediction.Id && !context.Jobs.Any(j => j.PredictionId == p.Id && (j.State == JobState.Running || j.State == JobState.Queued || j.State == JobState.Waiting)))
                    .ExecuteDeleteAsync(cancel) == 0)
                continue;
            await blobs.DeleteAsync(prediction.BlobKey, cancel);
            removed++;
        }
        return removed;
    }
}
