using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;
using Mhim.Workers.Cohorts;
using Mhim.Workers.Jobs;
using Mhim.Workers.Models;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;
using Cohort = Mhim.Data.Entities.Cohort;

namespace Mhim.Workers.Runs;

/// <summary>Runs: plan, call off, retry, remove, and take their models over.</summary>
/// <param name="contexts">Makes contexts.</param>
/// <param name="blobs">The files.</param>
/// <param name="cohorts">Reads their tables.</param>
/// <param name="jobs">The jobs.</param>
/// <param name="models">Takes models in.</param>
public sealed class RunBook(IDbContextFactory<MhimContext> contexts, BlobStore blobs, CohortRegistry cohorts, JobBook jobs, ModelRegistry models)
{
    /// <summary>Letters that a run's name has at most.</summary>
    public const int LongestName = 200;

    /// <summary>Plans a run behind the features of its slides.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="name">What people shall call it; null: after cohort, preset and time.</param>
    /// <param name="settings">How it learns; checked.</param>
    /// <param name="features">What it learns from.</param>
    /// <param name="skipMissing">Leave slides out that the service does not have, or could not prepare; otherwise they are an error.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <exception cref="InputException"><c>slides-missing</c>, <c>folds-too-many</c>, <c>folds-without-site</c>, <c>folds-two-sites</c>, <c>fold-without-class</c>, <c>survival-few-events</c>, <c>survival-one-time</c>, <c>run-name-taken</c>, <c>setting-without-use</c>, <c>calibrate-survival</c>, <c>alpha-without-survival</c>.</exception>
    public async Task<Run> CreateAsync(Cohort cohort, string? name, RunSettings settings, FeatureSettings features, bool skipMissing, CancellationToken cancel)
    {
        var options = settings.Options();
        if (options.Calibrate && cohort.Task == "survival")
            throw new FieldException("calibrate-survival", "calibrate", "A temperature calibrates class probabilities; a survival model has none. Leave 'calibrate' out.");
        if (settings.SurvivalAlpha is not null && cohort.Task != "survival")
            throw new FieldException("alpha-without-survival", "survivalAlpha", "'survivalAlpha' weighs the censored cases of a survival cohort, and this one has classes. Leave it out.");
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var wanted = await (from row in context.CohortSlides.Where(s => s.CohortId == cohort.Id)
                            join slide in context.Slides on row.Name equals slide.Name into found
                            from slide in found.DefaultIfEmpty()
                            select new { row.Name, Id = slide == null ? (Guid?)null : slide.Id, State = slide == null ? (SlideState?)null : slide.State }).ToListAsync(cancel);
        var usable = wanted.Where(s => s.State is SlideState.Ready or SlideState.Processing).OrderBy(s => s.Name, StringComparer.Ordinal).ToList();
        var missing = wanted.Where(s => s.State is not (SlideState.Ready or SlideState.Processing)).Select(s => s.Name).Order(StringComparer.Ordinal).ToList();
        if (usable.Count == 0 || (missing.Count > 0 && !skipMissing))
            throw new FieldException("slides-missing", "cohortId",
                $"{missing.Count} of the cohort's {wanted.Count} slides are not here, or could not be prepared: {Few.Of(missing)}. "
                + (usable.Count == 0 ? "Upload them first." : "Upload them, or leave them out with 'skipMissing'."));
        await DivideAsync(cohort, usable.Select(s => s.Name).ToHashSet(StringComparer.Ordinal), options, toTrain: true, cancel);

        var run = new Run
        {
            Name = name ?? Named(cohort, settings), CohortId = cohort.Id,
            Variant = features.Variant, Preset = settings.Preset, Folds = settings.Folds, Seed = settings.Seed, BlobKey = "",
            Settings = (settings with { Slides = usable.Count, SlidesLeftOut = missing.Count }).ToJson(),
        };
        run.BlobKey = BlobKeys.Run(run.Id);
        for (var again = false; ; again = true)
            try
            {
                context.Runs.Add(run);
                await JobPlan.RunAsync(context, run, [.. usable.Select(s => s.Id!.Value)], features, cancel);
                await context.SaveChangesAsync(cancel);
                break;
            }
            catch (Exception e) when (RowConflict.Is(e))
            {
                context.ChangeTracker.Clear();
                if (await context.Runs.AnyAsync(r => r.Name == run.Name, cancel))
                    throw new FieldException("run-name-taken", "name", $"There is another run named '{run.Name}'; give this one a name of its own.");
                if (!await context.Cohorts.AnyAsync(c => c.Id == cohort.Id, cancel))
                    throw new FieldException("cohort-unknown", "cohortId", $"There is no cohort {cohort.Id} any more.");
                // Somebody asked for the same features at the same moment, or removed a slide.
                if (again)
                    throw new InputException("run-taken", "Its slides are being changed at this moment; ask again.");
            }
        await jobs.SettleAsync(CancellationToken.None); // the run is there, whether or not its client is
        return run;
    }

    // The time is what tells it from others, so a long cohort's name is what is cut.
    static string Named(Cohort cohort, RunSettings settings)
    {
        var rest = FormattableString.Invariant($", {settings.Preset}, {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss.fff}");
        if (cohort.Name.Length + rest.Length <= LongestName)
            return cohort.Name + rest;
        var start = cohort.Name[..(LongestName - rest.Length - 1)];
        return $"{(char.IsHighSurrogate(start[^1]) ? start[..^1] : start)}…{rest}"; // half a letter is none
    }

    /// <summary>The folds of a cohort, before anything is trained.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="slides">Those that are to be used; null: all.</param>
    /// <param name="settings">How to divide.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <exception cref="FieldException">It cannot be divided so.</exception>
    public async Task<SplitPlan> PreviewAsync(Cohort cohort, IReadOnlySet<string>? slides, RunSettings settings, CancellationToken cancel) =>
        SplitPlan.Of(await DivideAsync(cohort, slides, settings.Options(), toTrain: false, cancel), cohort.Classes);

    // Who only looks may see parts whose time bins could not be filled.
    async Task<IReadOnlyList<Split>> DivideAsync(Cohort cohort, IReadOnlySet<string>? slides, RunOptions options, bool toTrain, CancellationToken cancel)
    {
        var rows = await cohorts.OpenAsync(cohort, cancel);
        try
        {
            var usable = slides is null ? rows : rows.WithFeatures(slides.Contains).Usable;
            var splits = PatientFolds.Make(usable, options.Folds);
            foreach (var split in splits)
                if (toTrain)
                    TrainingRun.RequireLearnable(usable, split, options);
                else
                    TrainingParts.Require(usable, split.Fold, options.LearnedFrom(split));
            return splits;
        }
        catch (InputException e)
        {
            throw new FieldException(e.Code, e.Code is "folds-without-site" or "folds-two-sites" ? "preserveSites" : "folds", e.Message, e);
        }
    }

    /// <summary>Calls off what is left of a run; features of its slides go on being made.</summary>
    /// <returns>False when nothing was left.</returns>
    public async Task<bool> CancelAsync(Guid id, CancellationToken cancel)
    {
        var any = false;
        // From the end, so that what waits is cancelled and not failed for what it waits for.
        foreach (var job in (await JobsAsync(id, cancel)).OrderByDescending(j => j.Kind))
            any |= await jobs.CancelAsync(job.Id, cancel);
        return any;
    }

    /// <summary>Goes on with a run that failed or was called off, with whatever it needs.</summary>
    /// <returns>False when there is nothing to go on with, or a job of it is still being ended.</returns>
    public async Task<bool> RetryAsync(Guid id, CancellationToken cancel)
    {
        var any = false;
        var left = await JobsAsync(id, cancel);
        // One that ends as cancelled a moment later would take those with it that wait for it.
        if (left.Exists(j => j is { State: JobState.Running, CancelRequested: true }))
            return false;
        foreach (var job in left.OrderByDescending(j => j.Kind))
            any |= await jobs.RetryAsync(job.Id, cancel);
        return any;
    }

    /// <summary>Removes a run that nobody works on; models that were taken over stay.</summary>
    /// <returns>False when a job of it is running.</returns>
    public async Task<bool> RemoveAsync(Run run, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        // One statement, so that no job can begin between the question and the deletion.
        if (await context.Runs.Where(r => r.Id == run.Id && !context.Jobs.Any(j => j.RunId == run.Id && j.State == JobState.Running)).ExecuteDeleteAsync(cancel) == 0)
            return false;
        await blobs.DeleteAsync(run.BlobKey, cancel);
        return true;
    }

    /// <summary>Takes a model of a finished run over.</summary>
    /// <param name="run">The run.</param>
    /// <param name="which">Such as <c>fold-0/mhim</c>.</param>
    /// <param name="name">What people shall call it; null: after the run.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    public async Task<(Model Model, bool Created)> ImportAsync(Run run, string which, string? name, CancellationToken cancel)
    {
        var (model, created) = await models.ImportFolderAsync(await blobs.FetchFolderAsync($"{run.BlobKey}/{which}", cancel), name ?? $"{run.Name}, {which}", cancel);
        if (created)
        {
            await using var context = await contexts.CreateDbContextAsync(cancel);
            await context.Models.Where(m => m.Id == model.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.RunId, run.Id).SetProperty(m => m.RunModel, which), cancel);
            (model.RunId, model.RunModel) = (run.Id, which);
        }
        return (model, created);
    }

    async Task<List<Job>> JobsAsync(Guid run, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        return await context.Jobs.AsNoTracking().Where(j => j.RunId == run).ToListAsync(cancel);
    }
}
