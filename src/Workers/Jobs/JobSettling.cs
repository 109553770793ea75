using Mhim.Data;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Jobs;

/// <summary>
/// Consequences of job states, drawn from the rows alone: a waiting job becomes ready when the one before it has succeeded and ends when that
/// one ended otherwise; a slide's state follows its jobs. Idempotent, so it can be called by anyone, any time, after any crash.
/// </summary>
static class JobSettling
{
    /// <summary>Error code of a job that never ran because the one before it did not succeed.</summary>
    public const string PrerequisiteFailed = "prerequisite-failed";

    /// <returns>Jobs that became ready through this call, with their queues.</returns>
    public static async Task<List<(Guid Id, string Queue)>> SettleAsync(MhimContext context, CancellationToken cancel)
    {
        await EndWhatCannotRunAsync(context, cancel);
        await ReviveWhatCanRunAgainAsync(context, cancel);
        var ready = await context.Jobs
            .Where(j => j.State == JobState.Waiting
                && (j.AfterId == null || context.Jobs.Any(before => before.Id == j.AfterId && before.State == JobState.Succeeded))
                && !context.JobPrerequisites.Any(p => p.JobId == j.Id && context.Jobs.Any(before => before.Id == p.BeforeId && before.State != JobState.Succeeded)))
            .OrderBy(j => j.CreatedAt).Select(j => new { j.Id, j.Queue }).ToListAsync(cancel);
        var mine = new List<(Guid, string)>();
        foreach (var job in ready)
            if (await context.Jobs.Where(j => j.Id == job.Id && j.State == JobState.Waiting)
                    .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Queued), cancel) == 1)
                mine.Add((job.Id, job.Queue));
        await UpdateSlidesAsync(context, cancel);
        return mine;
    }

    static async Task EndWhatCannotRunAsync(MhimContext context, CancellationToken cancel)
    {
        while (true)
        {
            var now = DateTime.UtcNow;
            var ended = await context.Jobs
                // Two questions, each of which an index answers; an OR inside one would read every job for every job.
                .Where(j => j.State == JobState.Waiting
                    && (context.Jobs.Any(before => before.Id == j.AfterId && (before.State == JobState.Failed || before.State == JobState.Cancelled))
                        || context.JobPrerequisites.Any(p => p.JobId == j.Id && context.Jobs.Any(before => before.Id == p.BeforeId
                            && (before.State == JobState.Failed || before.State == JobState.Cancelled)))))
                .ExecuteUpdateAsync(set => set
                    .SetProperty(j => j.State, JobState.Failed)
                    .SetProperty(j => j.ErrorCode, PrerequisiteFailed)
                    .SetProperty(j => j.Error, "A job that it builds upon did not succeed; retry that one.")
                    .SetProperty(j => j.FinishedAt, now), cancel);
            if (ended == 0)
                return;
        }
    }

    static async Task ReviveWhatCanRunAgainAsync(MhimContext context, CancellationToken cancel)
    {
        while (await context.Jobs
            .Where(j => j.State == JobState.Failed && j.ErrorCode == PrerequisiteFailed
                && (j.AfterId == null || context.Jobs.Any(before => before.Id == j.AfterId && before.State != JobState.Failed && before.State != JobState.Cancelled))
                && !context.JobPrerequisites.Any(p => p.JobId == j.Id && context.Jobs.Any(before => before.Id == p.BeforeId
                    && (before.State == JobState.Failed || before.State == JobState.Cancelled))))
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Waiting), cancel) > 0)
        {
        }
    }

    static async Task UpdateSlidesAsync(MhimContext context, CancellationToken cancel)
    {
        var preparing = context.Jobs.Where(j => j.Kind == JobKind.Tile || j.Kind == JobKind.Extract);
        // A slide may be prepared in several ways; while one of them is not at its end, another's failure is not the slide's.
        var coming = context.Jobs.Where(j => j.Kind == JobKind.Extract && (j.State == JobState.Waiting || j.State == JobState.Queued || j.State == JobState.Running));
        await context.Slides
            .Where(s => s.State != SlideState.Ready && s.State != SlideState.NeedsMpp
                && context.Jobs.Any(j => j.SlideId == s.Id && j.Kind == JobKind.Extract && j.State == JobState.Succeeded))
            .ExecuteUpdateAsync(set => set
                .SetProperty(s => s.State, SlideState.Ready)
                .SetProperty(s => s.ProblemCode, (string?)null)
                .SetProperty(s => s.Problem, (string?)null), cancel);
        await context.Slides
            .Where(s => s.State == SlideState.Failed
                && preparing.Any(j => j.SlideId == s.Id)
                && (coming.Any(j => j.SlideId == s.Id)
                    || !preparing.Any(j => j.SlideId == s.Id && (j.State == JobState.Failed || j.State == JobState.Cancelled))))
            .ExecuteUpdateAsync(set => set
                .SetProperty(s => s.State, SlideState.Processing)
                .SetProperty(s => s.ProblemCode, (string?)null)
                .SetProperty(s => s.Problem, (string?)null), cancel);
        await context.Slides
            .Where(s => s.State == SlideState.Processing
                && !coming.Any(j => j.SlideId == s.Id)
                && preparing.Any(j => j.SlideId == s.Id && (j.State == JobState.Failed || j.State == JobState.Cancelled)))
            .ExecuteUpdateAsync(set => set
                .SetProperty(s => s.State, SlideState.Failed)
                .SetProperty(s => s.ProblemCode, s => preparing.Where(j => j.SlideId == s.Id && j.ErrorCode != null && j.ErrorCode != PrerequisiteFailed)
                    .OrderBy(j => j.CreatedAt).Select(j => j.ErrorCode).FirstOrDefault())
                .SetProperty(s => s.Problem, s => preparing.Where(j => j.SlideId == s.Id && j.ErrorCode != null && j.ErrorCode != PrerequisiteFailed)
                    .OrderBy(j => j.CreatedAt).Select(j => j.Error).FirstOrDefault()), cancel);
    }
}
