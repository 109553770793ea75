using System.Text.Json;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;
using Mhim.Workers.Cohorts;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;
using Read = Mhim.Mil.Cohorts.Cohort;

namespace Mhim.Workers.Runs;

/// <summary>The jobs of a run, in the child process: gather the features, train a fold, pool the folds.</summary>
/// <param name="context">The rows.</param>
/// <param name="blobs">The files.</param>
/// <param name="device">Where models run.</param>
sealed class RunWork(MhimContext context, BlobStore blobs, string device)
{
    /// <summary>Does a job's work; doing it again does no harm.</summary>
    /// <exception cref="InputException">It cannot be done, for a reason of the input's own.</exception>
    public async Task RunAsync(Job job, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        var run = await context.Runs.AsNoTracking().SingleAsync(r => r.Id == job.RunId, cancel);
        var cohort = await context.Cohorts.AsNoTracking().SingleAsync(c => c.Id == run.CohortId, cancel);
        await using var work = await blobs.WorkAsync([run.BlobKey], cancel);
        var folder = work.PathOf(run.BlobKey);
        try
        {
            switch (job.Kind)
            {
                case JobKind.Gather:
                    await GatherAsync(job, run, cohort, folder, progress, cancel);
                    await work.KeepAsync(cancel);
                    break;
                case JobKind.Train:
                    await TrainAsync(run, cohort, folder, job.Fold!.Value, progress, cancel);
                    await work.KeepAsync(cancel);
                    break;
                case JobKind.Pool:
                    await PoolAsync(run, cohort, folder, work, progress, cancel);
                    break;
                default:
                    throw new InvalidOperationException($"Jobs of kind {job.Kind} are not known.");
            }
        }
        catch (InputException e)
        {
            throw new InputException(e.Code, e.Message.Replace(folder, "The run"), e);
        }
    }

    async Task GatherAsync(Job job, Run run, Data.Entities.Cohort cohort, string folder, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        progress.Report(new StepProgress(0, "gathering features"));
        var slides = await (from edge in context.JobPrerequisites
                            join extract in context.Jobs on edge.BeforeId equals extract.Id
                            join slide in context.Slides on extract.SlideId equals slide.Id
                            where edge.JobId == job.Id
                            select new { slide.Name, slide.Id }).ToListAsync(cancel);
        var settings = RunSettings.Parse(run.Settings);
        if (slides.Count < settings.Slides)
            throw new InputException("slides-removed", $"{settings.Slides - slides.Count} of the run's {settings.Slides} slides were removed since it was asked for; ask for a new run.");
        var gathered = new List<RunSlide>();
        foreach (var slide in slides.OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            gathered.Add(new RunSlide(slide.Name, slide.Id, RunBags.InputsOf(await blobs.FetchAsync(FeaturesOf(run, slide.Id), cancel))
                ?? throw new InputException("features-missing", $"The features of slide '{slide.Name}' are not where they should be; retry its extract job.")));
        }
        var (_, splits) = await OpenAsync(cohort, gathered, settings, cancel);
        SplitFiles.Write(Path.Combine(folder, "splits"), splits);
        // Last: it says that all is there.
        AtomicFile.WriteAllBytes(Path.Combine(folder, RunFiles.Slides), JsonSerializer.SerializeToUtf8Bytes(gathered, JsonSerializerOptions.Web));
    }

    async Task TrainAsync(Run run, Data.Entities.Cohort cohort, string folder, int fold, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        var (settings, bags, rows, splits) = await PrepareAsync(run, cohort, folder, cancel);
        var options = settings.Options(device);
        var curve = new CurveWriter(Path.Combine(folder, RunFiles.Curve(fold)), fold, options.Model.Masking?.RatioHigh);
        TrainingRun.ExecuteFold(rows, splits, fold, bags, options, folder, new DirectProgress<RunProgress>(p =>
        {
            curve.Add(p);
            progress.Report(new StepProgress(p.Done, $"{p.Stage}, epoch {p.Epoch} of {p.Epochs}"));
        }), cancel);
        curve.Write();
    }

    async Task PoolAsync(Run run, Data.Entities.Cohort cohort, string folder, BlobWork work, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        progress.Report(new StepProgress(0, "pooling folds"));
        var (settings, bags, rows, splits) = await PrepareAsync(run, cohort, folder, cancel);
        var result = TrainingRun.Execute(rows, splits, bags, settings.Options(device), folder, null, cancel);
        progress.Report(new StepProgress(0.3, "measuring"));
        var report = RunReports.Of(result, rows, $"Run {run.Name}");
        List<string> warnings = settings.PreserveSites ? [] : [.. splits.SelectMany(LeakageGate.SiteWarnings)];
        if (settings.SlidesLeftOut > 0)
            warnings.Add($"{Few.Count(settings.SlidesLeftOut, "slide of the cohort was", "slides of the cohort were")} left out: the service did not have them ready.");
        report = report with { Warnings = [.. report.Warnings, .. warnings] };
        RunFolder.Write(folder, result with { Warnings = report.Warnings });
        RunReportFiles.Write(report, folder);
        RunFiles.WritePredictions(Path.Combine(folder, RunFiles.Predictions), result);
        await work.KeepAsync(cancel);
        var last = result.Summaries[^1];
        await context.Runs.Where(r => r.Id == run.Id).ExecuteUpdateAsync(set => set
            .SetProperty(r => r.ScoreName, last.ScoreName)
            .SetProperty(r => r.Score, double.IsFinite(last.Pooled) ? last.Pooled : (double?)null), cancel);
    }

    async Task<(RunSettings, RunBags, Read, IReadOnlyList<Split>)> PrepareAsync(Run run, Data.Entities.Cohort cohort, string folder, CancellationToken cancel)
    {
        var slides = JsonSerializer.Deserialize<List<RunSlide>>(File.ReadAllBytes(Path.Combine(folder, RunFiles.Slides)), JsonSerializerOptions.Web)!;
        var settings = RunSettings.Parse(run.Settings);
        var (rows, splits) = await OpenAsync(cohort, slides, settings, cancel);
        foreach (var slide in slides)
            await blobs.FetchAsync(FeaturesOf(run, slide.Id), cancel);
        return (settings, new RunBags(slides, slide => blobs.PathOf(FeaturesOf(run, slide.Id))), rows, splits);
    }

    async Task<(Read, IReadOnlyList<Split>)> OpenAsync(Data.Entities.Cohort cohort, List<RunSlide> slides, RunSettings settings, CancellationToken cancel)
    {
        var names = slides.Select(slide => slide.Name).ToHashSet(StringComparer.Ordinal);
        var (rows, _) = (await CohortRegistry.OpenAsync(cohort, blobs, cancel)).WithFeatures(names.Contains);
        return (rows, PatientFolds.Make(rows, settings.Options().Folds));
    }

    static string FeaturesOf(Run run, Guid slide) => BlobKeys.Features(slide, run.Variant);
}
