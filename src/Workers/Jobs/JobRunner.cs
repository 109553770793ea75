using System.Diagnostics;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Hosting;
using Microsoft.Extensions.Logging;

namespace Mhim.Workers.Jobs;

/// <summary>What a worker does with an id from the queue: claim the job, run it in a child process, keep its row alive, record how it ended.</summary>
/// <param name="book">The rows.</param>
/// <param name="children">Starts child processes.</param>
/// <param name="options">What a job may take.</param>
/// <param name="blobs">Its disk is looked at before a job begins.</param>
/// <param name="log">For operators.</param>
public sealed class JobRunner(JobBook book, JobProcess children, WorkerOptions options, BlobStore blobs, ILogger<JobRunner> log)
{
    static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>Runs a job if it is to be had; otherwise returns at once. Never throws for what happens in the job.</summary>
    /// <param name="id">Id of the job's row.</param>
    /// <param name="shutdown">The worker is being stopped: the job goes back to its queue.</param>
    public Task RunAsync(Guid id, CancellationToken shutdown) => RunTracedAsync(id, null, shutdown);

    /// <summary>The same, as part of the trace of whoever asked for it.</summary>
    /// <param name="id">Id of the job's row.</param>
    /// <param name="trace">W3C trace context, or null.</param>
    /// <param name="shutdown">The worker is being stopped: the job goes back to its queue.</param>
    public async Task RunTracedAsync(Guid id, string? trace, CancellationToken shutdown)
    {
        if (await book.ClaimAsync(id, shutdown) is not var (lease, queue, kind, slide))
            return;
        using var span = Telemetry.Begin($"job {kind.ToString().ToLowerInvariant()}", trace);
        span?.SetTag("mhim.job", id).SetTag("mhim.slide", slide).SetTag("mhim.queue", queue);
        using var scope = log.BeginScope(new Dictionary<string, object?> { ["JobId"] = id, ["SlideId"] = slide, ["Kind"] = kind });
        var clock = Stopwatch.StartNew();
        log.LogInformation("Job {JobId} begins", id);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(shutdown);
        var progress = new LatestProgress();
        var beating = BeatAsync(id, lease, progress, end);
        JobOutcome? outcome = null;
        try
        {
            outcome = options.DiskGuard(blobs.FreeBytes()) ?? await children.RunAsync(id, options.LimitsOf(queue), progress, end.Token);
        }
        catch (OperationCanceledException) when (!shutdown.IsCancellationRequested)
        {
            outcome = JobOutcome.Cancelled;
        }
        catch (OperationCanceledException)
        {
            // Shut down: given back below.
        }
        catch (Exception e)
        {
            log.LogError(e, "Job {JobId} could not be run", id);
            outcome = JobOutcome.Failure("worker-error", $"The worker could not run it: {e.Message}");
        }
        await end.CancelAsync();
        await beating;
        await SayAsync(id, () => outcome is null or { State: JobState.Queued }
            ? book.ReleaseAsync(id, lease, CancellationToken.None)
            : book.FinishAsync(id, lease, outcome, CancellationToken.None), shutdown);
        Telemetry.Count(kind, outcome, clock.Elapsed);
        span?.SetStatus(outcome is { State: JobState.Failed } ? ActivityStatusCode.Error : ActivityStatusCode.Ok, outcome?.Reason).SetTag("mhim.reason", outcome?.Code);
        log.Log(outcome is { State: JobState.Failed } ? LogLevel.Warning : LogLevel.Information,
            "Job {JobId} ends: {State}", id, outcome is null ? "given back" : outcome.Reason is null ? $"{outcome.State}" : $"{outcome.State}, {outcome.Reason}");
    }

    // A database that is away for a moment must not cost the work; should others have taken the job up meanwhile, the lease is lost and nothing is written.
    async Task SayAsync(Guid id, Func<Task> say, CancellationToken shutdown)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                await say();
                return;
            }
            catch (Exception e) when (attempt < 60 && !shutdown.IsCancellationRequested)
            {
                log.LogWarning("Job {JobId}: how it ended cannot be written yet: {Reason}", id, e.Message);
                await Task.Delay(Beat, CancellationToken.None);
            }
    }

    async Task BeatAsync(Guid id, Guid lease, LatestProgress progress, CancellationTokenSource end)
    {
        using var timer = new PeriodicTimer(Beat);
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                var (share, step) = progress.Value;
                try
                {
                    if (!await book.BeatAsync(id, lease, share, step, end.Token))
                        await end.CancelAsync();
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // A database that is away for a moment must not end the job; its lease is long enough.
                    log.LogWarning(e, "Job {JobId}: no heartbeat", id);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}

/// <summary>The latest word from the child; written and read by different threads.</summary>
sealed class LatestProgress : IProgress<JobProgress>
{
    volatile JobProgress latest = new(0, null);

    public (double Share, string? Step) Value => (latest.Share, latest.Step);

    public void Report(JobProgress value) => latest = value;
}

/// <summary>How far a job is.</summary>
/// <param name="Share">0 to 1.</param>
/// <param name="Step">What it is doing, in a few words.</param>
public sealed record JobProgress(double Share, string? Step);
