using System.Collections.Concurrent;
using System.Diagnostics;
using Mhim.Data;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Jobs;

/// <summary>How a job ended, as its worker reports it.</summary>
/// <param name="State"><see cref="JobState.Succeeded"/>, <see cref="JobState.Failed"/>, <see cref="JobState.Cancelled"/>, or <see cref="JobState.Queued"/>: it did not end.</param>
/// <param name="Code">Why, a stable word; null on success.</param>
/// <param name="Reason">Why, a sentence; null on success.</param>
public sealed record JobOutcome(JobState State, string? Code = null, string? Reason = null)
{
    /// <summary>Done.</summary>
    public static readonly JobOutcome Success = new(JobState.Succeeded);

    /// <summary>Called off.</summary>
    public static readonly JobOutcome Cancelled = new(JobState.Cancelled, "cancelled", "It was cancelled.");

    /// <summary>Not done and no fault of the job: it goes back to its queue.</summary>
    public static readonly JobOutcome GivenBack = new(JobState.Queued, "database-away", "The database was away.");

    /// <summary>Ended for a reason.</summary>
    public static JobOutcome Failure(string code, string reason) => new(JobState.Failed, code, reason);
}

/// <summary>A job that was taken up.</summary>
/// <param name="Lease">With it its holder may write to the job.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Kind">What it is.</param>
/// <param name="SlideId">Its slide, if it has one.</param>
public sealed record Claim(Guid Lease, string Queue, JobKind Kind, Guid? SlideId);

/// <summary>
/// The changes that a job's row goes through. Every one is a compare-and-set in the database, so that any number of workers and servers may
/// try the same one at once and only one succeeds.
/// </summary>
/// <param name="contexts">Makes contexts.</param>
/// <param name="queue">Told the ids of jobs that became ready.</param>
public sealed class JobBook(IDbContextFactory<MhimContext> contexts, IJobQueue queue)
{
    /// <summary>
    /// How often a job may lose its worker (killed, power cut) before it is given up. What a job does to itself (crash, memory, time) ends its own process and
    /// fails it at once, so a lost worker is seldom the job's fault, and who loses half of its workers must still come through: one in a million jobs does not.
    /// But a job may be what takes whole machines down, and that must end.
    /// </summary>
    public const int MostLosses = 20;

    // Telling takes a moment after the row is changed, so that a queue is not short of what became ready just now.
    static readonly TimeSpan Overdue = TimeSpan.FromMinutes(5);

    readonly ConcurrentDictionary<Guid, TimeSpan> readySince = new();

    /// <summary>Takes a queued job up: at most one caller gets it.</summary>
    /// <returns>Null when it was not to be had.</returns>
    public async Task<Claim?> ClaimAsync(Guid id, CancellationToken cancel)
    {
        var lease = Guid.NewGuid();
        var now = DateTime.UtcNow;
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var taken = await context.Jobs.Where(j => j.Id == id && j.State == JobState.Queued).ExecuteUpdateAsync(set => set
            .SetProperty(j => j.State, JobState.Running)
            .SetProperty(j => j.Lease, lease)
            .SetProperty(j => j.Attempts, j => j.Attempts + 1)
            .SetProperty(j => j.Progress, 0)
            .SetProperty(j => j.Step, (string?)null)
            .SetProperty(j => j.ErrorCode, (string?)null)
            .SetProperty(j => j.Error, (string?)null)
            .SetProperty(j => j.HeartbeatAt, now)
            .SetProperty(j => j.StartedAt, now)
            .SetProperty(j => j.FinishedAt, (DateTime?)null), cancel);
        return taken != 1 ? null : await context.Jobs.Where(j => j.Id == id).Select(j => new Claim(lease, j.Queue, j.Kind, j.SlideId)).SingleOrDefaultAsync(cancel);
    }

    /// <summary>Says that the worker lives, and how far it is.</summary>
    /// <returns>False when the job is to end: the lease is lost, the row is gone, or somebody cancelled it.</returns>
    public async Task<bool> BeatAsync(Guid id, Guid lease, double progress, string? step, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var now = DateTime.UtcNow;
        return await context.Jobs.Where(j => j.Id == id && j.Lease == lease && j.State == JobState.Running && !j.CancelRequested)
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.HeartbeatAt, now)
                .SetProperty(j => j.Progress, progress)
                .SetProperty(j => j.Step, step), cancel) == 1;
    }

    /// <summary>Ends a running job and lets those that come after it go on, or end too. Without the lease nothing happens.</summary>
    public async Task FinishAsync(Guid id, Guid lease, JobOutcome outcome, CancellationToken cancel)
    {
        await using (var context = await contexts.CreateDbContextAsync(cancel))
        {
            var now = DateTime.UtcNow;
            var ended = await context.Jobs.Where(j => j.Id == id && j.Lease == lease && j.State == JobState.Running)
                .ExecuteUpdateAsync(set => set
                    .SetProperty(j => j.State, outcome.State)
                    .SetProperty(j => j.Progress, j => outcome.State == JobState.Succeeded ? 1 : j.Progress)
                    .SetProperty(j => j.ErrorCode, outcome.Code)
                    .SetProperty(j => j.Error, outcome.Reason)
                    .SetProperty(j => j.Step, (string?)null)
                    .SetProperty(j => j.CancelRequested, false)
                    .SetProperty(j => j.Lease, (Guid?)null)
                    .SetProperty(j => j.FinishedAt, now), cancel);
            if (ended == 0)
                return;
        }
        await SettleAsync(cancel);
    }

    /// <summary>Gives a running job back to its queue, because its worker is being shut down or the database was away.</summary>
    public async Task ReleaseAsync(Guid id, Guid lease, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var released = await context.Jobs.Where(j => j.Id == id && j.Lease == lease && j.State == JobState.Running).ExecuteUpdateAsync(set => set
            .SetProperty(j => j.State, JobState.Queued)
            .SetProperty(j => j.Attempts, j => j.Attempts - 1)
            .SetProperty(j => j.Lease, (Guid?)null), cancel);
        if (released == 1 && await context.Jobs.Where(j => j.Id == id).Select(j => j.Queue).SingleOrDefaultAsync(cancel) is { } name)
            queue.Enqueue(id, name);
    }

    /// <summary>Calls a job off: at once when nobody works on it, otherwise within about a second.</summary>
    /// <returns>False when it has ended already or does not exist.</returns>
    public async Task<bool> CancelAsync(Guid id, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var now = DateTime.UtcNow;
        var changed = await context.Jobs.Where(j => j.Id == id && (j.State == JobState.Waiting || j.State == JobState.Queued))
            .ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, JobState.Cancelled)
                .SetProperty(j => j.ErrorCode, JobOutcome.Cancelled.Code)
                .SetProperty(j => j.Error, JobOutcome.Cancelled.Reason)
                .SetProperty(j => j.FinishedAt, now), cancel);
        if (changed == 0)
            return await context.Jobs.Where(j => j.Id == id && j.State == JobState.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(j => j.CancelRequested, true), cancel) == 1;
        await SettleAsync(cancel);
        return true;
    }

    /// <summary>Runs an ended job once more, with whatever it comes after that has not succeeded; what ended because of it follows.</summary>
    /// <returns>False when it has not failed or been cancelled, or does not exist.</returns>
    public async Task<bool> RetryAsync(Guid id, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        for (var next = new Queue<Guid>([id]); next.TryDequeue(out var current);)
        {
            var again = await context.Jobs
                .Where(j => j.Id == current && (j.State == JobState.Failed || j.State == JobState.Cancelled))
                .ExecuteUpdateAsync(Again, cancel);
            if (again == 0 && current == id)
                return false;
            if (again == 0)
                continue;
            foreach (var before in await context.Jobs.Where(before => (before.State == JobState.Failed || before.State == JobState.Cancelled)
                         && (context.Jobs.Any(j => j.Id == current && j.AfterId == before.Id)
                             || context.JobPrerequisites.Any(p => p.JobId == current && p.BeforeId == before.Id))).Select(before => before.Id).ToListAsync(cancel))
                next.Enqueue(before);
        }
        await SettleAsync(cancel);
        return true;

        static void Again(Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Job> set) => set
            .SetProperty(j => j.State, JobState.Waiting)
            .SetProperty(j => j.Attempts, 0)
            .SetProperty(j => j.CancelRequested, false);
    }

    /// <summary>Puts back every running job whose worker has not been seen for a while; those that lost too many are failed.</summary>
    /// <param name="silence">How long; null: every running job, whatever its heartbeat says, because nobody can be at work. Clocks may have been set back.</param>
    /// <param name="cancel">Leaves what is not put back yet for the next time.</param>
    public async Task RecoverAsync(TimeSpan? silence, CancellationToken cancel)
    {
        await using (var context = await contexts.CreateDbContextAsync(cancel))
        {
            var now = DateTime.UtcNow;
            var before = now - (silence ?? TimeSpan.Zero);
            var lost = context.Jobs.Where(j => j.State == JobState.Running);
            if (silence is not null)
                lost = lost.Where(j => j.HeartbeatAt == null || j.HeartbeatAt <= before);
            await lost.Where(j => j.CancelRequested).ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, JobState.Cancelled)
                .SetProperty(j => j.ErrorCode, JobOutcome.Cancelled.Code)
                .SetProperty(j => j.Error, JobOutcome.Cancelled.Reason)
                .SetProperty(j => j.CancelRequested, false)
                .SetProperty(j => j.Lease, (Guid?)null)
                .SetProperty(j => j.FinishedAt, now), cancel);
            await lost.Where(j => j.Attempts >= MostLosses).ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, JobState.Failed)
                .SetProperty(j => j.ErrorCode, "workers-lost")
                .SetProperty(j => j.Error, $"It lost its worker {MostLosses} times and was given up, because it may be what ends them; look at the machines of its workers, then retry.")
                .SetProperty(j => j.Lease, (Guid?)null)
                .SetProperty(j => j.FinishedAt, now), cancel);
            // Waiting, not queued: settling queues it again and tells the queue.
            await lost.ExecuteUpdateAsync(set => set
                .SetProperty(j => j.State, JobState.Waiting)
                .SetProperty(j => j.Lease, (Guid?)null), cancel);
        }
        await SettleAsync(cancel);
    }

    /// <summary>Tells the queue of every job that is ready; the queue may have been lost with its process. Telling it twice does no harm.</summary>
    public async Task EnqueueAllAsync(CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        foreach (var job in await context.Jobs.Where(j => j.State == JobState.Queued).OrderBy(j => j.CreatedAt)
                     .Select(j => new { j.Id, j.Queue }).ToListAsync(cancel))
            queue.Enqueue(job.Id, job.Queue);
    }

    /// <summary>
    /// Tells the queue again of jobs that are ready and that it may have forgotten, because who made them ready was killed before telling: of all where it knows of
    /// nothing; where it knows of fewer than are ready, of so many of the oldest that have been ready for some minutes. A job that is told twice is taken up once.
    /// </summary>
    public Task EnqueueForgottenAsync(CancellationToken cancel) => EnqueueForgottenAsync(Stopwatch.GetElapsedTime(0), cancel);

    /// <summary>The same at a time of its own.</summary>
    internal async Task EnqueueForgottenAsync(TimeSpan now, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var jobs = await context.Jobs.Where(j => j.State == JobState.Queued).OrderBy(j => j.CreatedAt).Select(j => new { j.Id, j.Queue }).ToListAsync(cancel);
        foreach (var gone in readySince.Keys.Except(jobs.Select(j => j.Id)).ToList())
            readySince.TryRemove(gone, out _);
        foreach (var ready in jobs.GroupBy(j => j.Queue))
        {
            var announced = queue.Count(ready.Key);
            var overdue = ready.Where(j => announced == 0 || now - readySince.GetOrAdd(j.Id, now) >= Overdue).ToList();
            foreach (var job in overdue.Take((int)Math.Max(0, ready.Count() - announced)))
            {
                readySince[job.Id] = now;
                queue.Enqueue(job.Id, job.Queue);
            }
        }
    }

    /// <summary>Draws the consequences of every change: see <see cref="JobSettling"/>. Call after adding jobs.</summary>
    public async Task SettleAsync(CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        foreach (var (id, name) in await JobSettling.SettleAsync(context, cancel))
            queue.Enqueue(id, name);
    }
}
