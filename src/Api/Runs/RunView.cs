using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Runs;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Runs;

/// <summary>Runs with what their jobs say of them.</summary>
static class RunView
{
    /// <summary>Shows runs, in their order, with a few questions for all of them.</summary>
    public static async Task<IReadOnlyList<RunDto>> ShowAsync(MhimContext context, IReadOnlyList<Run> runs, CancellationToken cancel)
    {
        Guid[] ids = [.. runs.Select(r => r.Id)], cohortIds = [.. runs.Select(r => r.CohortId).Distinct()];
        var cohorts = await context.Cohorts.Where(c => cohortIds.Contains(c.Id)).Select(c => new { c.Id, c.Name }).ToDictionaryAsync(c => c.Id, c => c.Name, cancel);
        var jobs = (await context.Jobs.AsNoTracking().Where(j => j.RunId != null && ids.Contains(j.RunId.Value)).ToListAsync(cancel)).ToLookup(j => j.RunId!.Value);
        var features = (await (from gather in context.Jobs.Where(j => j.Kind == JobKind.Gather && j.RunId != null && ids.Contains(j.RunId.Value))
                               join edge in context.JobPrerequisites on gather.Id equals edge.JobId
                               join extract in context.Jobs on edge.BeforeId equals extract.Id
                               group extract by new { gather.RunId, extract.State } into found
                               select new { found.Key.RunId, found.Key.State, Count = found.Count() }).ToListAsync(cancel)).ToLookup(f => f.RunId!.Value, f => (f.State, f.Count));
        return [.. runs.Select(run => Show(run, cohorts.GetValueOrDefault(run.CohortId, ""), [.. jobs[run.Id]], [.. features[run.Id]]))];
    }

    /// <summary>Shows one run; null: there is none.</summary>
    public static async Task<RunDto?> FindAsync(MhimContext context, Guid id, CancellationToken cancel) =>
        await context.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancel) is { } run ? (await ShowAsync(context, [run], cancel))[0] : null;

    /// <summary>The runs of a state, as a condition for the database; the same that <see cref="StateOf"/> says of rows.</summary>
    public static IQueryable<Run> InState(this IQueryable<Run> runs, MhimContext context, RunState state)
    {
        var (gathers, pools) = (context.Jobs.Where(j => j.Kind == JobKind.Gather), context.Jobs.Where(j => j.Kind == JobKind.Pool));
        return state switch
        {
            RunState.Succeeded => runs.Where(r => pools.Any(j => j.RunId == r.Id && j.State == JobState.Succeeded)),
            RunState.Failed => runs.Where(r => pools.Any(j => j.RunId == r.Id && j.State == JobState.Failed)),
            RunState.Cancelled => runs.Where(r => pools.Any(j => j.RunId == r.Id && j.State == JobState.Cancelled)),
            RunState.Waiting => runs.Where(r => gathers.Any(j => j.RunId == r.Id && j.State == JobState.Waiting) && !pools.Any(j => j.RunId == r.Id
                && (j.State == JobState.Succeeded || j.State == JobState.Failed || j.State == JobState.Cancelled))),
            _ => runs.Where(r => !gathers.Any(j => j.RunId == r.Id && j.State == JobState.Waiting) && !pools.Any(j => j.RunId == r.Id
                && (j.State == JobState.Succeeded || j.State == JobState.Failed || j.State == JobState.Cancelled))),
        };
    }

    static RunDto Show(Run run, string cohort, List<Job> jobs, List<(JobState State, int Count)> features)
    {
        var folds = jobs.Where(j => j.Kind == JobKind.Train).OrderBy(j => j.Fold).ToList();
        var pool = jobs.SingleOrDefault(j => j.Kind == JobKind.Pool);
        var state = StateOf(pool, jobs.SingleOrDefault(j => j.Kind == JobKind.Gather));
        var settings = RunSettings.Parse(run.Settings);
        var wait = new RunFeaturesDto(settings.Slides, features.Where(f => f.State == JobState.Succeeded).Sum(f => f.Count),
            features.Where(f => f.State is JobState.Failed or JobState.Cancelled).Sum(f => f.Count));
        var (code, error) = state is RunState.Failed or RunState.Cancelled ? WhyOf(jobs, pool, wait) : (null, null);
        return new RunDto(run.Id, run.Name, run.CohortId, cohort, run.Variant, settings, state, state == RunState.Succeeded ? 1 : folds.Count == 0 ? 0 : 0.99 * folds.Average(j => j.Progress),
            wait, [.. folds.Select(j => new RunFoldDto(j.Fold!.Value, j.Id, j.State, j.Progress, j.Step))],
            state == RunState.Succeeded ? run.ScoreName : null, state == RunState.Succeeded ? run.Score : null, code, error, run.CreatedAt,
            state is RunState.Waiting or RunState.Running ? null : pool?.FinishedAt);
    }

    static RunState StateOf(Job? pool, Job? gather) => pool?.State switch
    {
        JobState.Succeeded => RunState.Succeeded,
        JobState.Failed => RunState.Failed,
        JobState.Cancelled => RunState.Cancelled,
        _ => gather?.State == JobState.Waiting ? RunState.Waiting : RunState.Running,
    };

    // The reason is that of the job that failed by itself, not of those that could then not begin.
    static (string? Code, string? Error) WhyOf(List<Job> jobs, Job? pool, RunFeaturesDto features)
    {
        if (jobs.Where(j => j.State == JobState.Failed && j.ErrorCode != "prerequisite-failed").OrderBy(j => j.FinishedAt).FirstOrDefault() is { } cause)
            return (cause.ErrorCode, cause.Kind == JobKind.Train ? $"Fold {cause.Fold}: {cause.Error}" : cause.Error);
        if (pool?.ErrorCode == "prerequisite-failed" && features.Failed > 0)
            return ("features-failed", $"The features of {features.Failed} of its {features.Wanted} slides could not be made; see those slides, then retry the run or ask for a new one without them.");
        return (pool?.ErrorCode, pool?.Error);
    }
}
