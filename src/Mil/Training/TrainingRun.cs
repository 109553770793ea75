using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Metrics;
using Mhim.Mil.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>A whole run in one call: k patient-level folds, in each a baseline, a teacher from it, MHIM, and only then the test part.</summary>
public static class TrainingRun
{
    /// <summary>Runs, or goes on with a run that was cut off: finished models are kept.</summary>
    /// <param name="cohort">Rows with labels.</param>
    /// <param name="bags">Features of the cohort's slides.</param>
    /// <param name="options">How.</param>
    /// <param name="outDir">Gets <c>splits</c>, <c>fold-k/baseline</c> and <c>fold-k/mhim</c> (model.safetensors, config.json, card.json) and <c>run.json</c>.</param>
    /// <param name="progress">Told after each epoch.</param>
    /// <param name="cancellation">Stops after the present step; a later call goes on.</param>
    /// <returns>Every trained model with its held-out predictions, and the scores over all folds.</returns>
    /// <exception cref="InputException">Features are missing, differ in encoder, width or mpp (<c>features-missing</c>, <c>encoder-mismatch</c>,
    /// <c>dim-mismatch</c>, <c>mpp-mismatch</c>), the cohort cannot be divided (<c>folds-too-many</c>), a training part lacks a class (<c>fold-without-class</c>), survival shall be calibrated (<c>calibrate-survival</c>), several trainings are asked for and nothing validates (<c>search-without-validation</c>), a training comes to weights that are not numbers (<c>training-diverged</c>), a setting of the model is out of its range (<c>model-options</c>), the device lacks the precision (<c>precision-missing</c>), or <paramref name="outDir"/> holds another run
    /// (<c>run-differs</c>) or split files that are no run's (<c>out-in-use</c>).</exception>
    public static RunResult Execute(Cohort cohort, IBagSource bags, RunOptions options, string outDir,
        IProgress<RunProgress>? progress = null, CancellationToken cancellation = default) =>
        Execute(cohort, PatientFolds.Make(cohort, options.Folds), bags, options, outDir, progress, cancellation);

    /// <summary>The same on splits that are given.</summary>
    /// <param name="cohort">Rows with labels.</param>
    /// <param name="splits">One per fold; no patient in two parts of one.</param>
    /// <param name="bags">Features of the cohort's slides.</param>
    /// <param name="options">How; its folds are not looked at.</param>
    /// <param name="outDir">As above.</param>
    /// <param name="progress">Told after each epoch.</param>
    /// <param name="cancellation">Stops after the present step; a later call goes on.</param>
    /// <exception cref="InputException">As above, and <c>patient-leakage</c>.</exception>
    public static RunResult Execute(Cohort cohort, IReadOnlyList<Split> splits, IBagSource bags, RunOptions options, string outDir,
        IProgress<RunProgress>? progress = null, CancellationToken cancellation = default)
    {
        RunFolder.RequireNoForeignSplits(outDir);
        using var threads = new ThreadCount(options.Threads);
        using var normal = Denormals.Flush(); // before the first tensor: libtorch's workers are as the thread was that started them
        var (device, fingerprint) = Begin(cohort, splits, bags, options, outDir);
        SplitFiles.Write(RunFolder.SplitsOf(outDir), splits);

        var pace = new RunPace(splits, options, progress);
        var folds = new List<FoldResult>();
        foreach (var split in splits)
        {
            var dir = Path.Combine(outDir, $"fold-{split.Fold}");
            folds.Add(FoldRun.Execute(cohort, split, bags, options, device, dir, fingerprint, pace, cancellation));
        }
        var result = Summarize(cohort, options, folds);
        RunFolder.Write(outDir, result);
        return result;
    }

    /// <summary>
    /// One fold alone; different processes may run different folds of one folder at the same time. <see cref="Execute(Cohort, IReadOnlyList{Split}, IBagSource,
    /// RunOptions, string, IProgress{RunProgress}?, CancellationToken)"/> with the same arguments then only pools them.
    /// </summary>
    /// <param name="cohort">Rows with labels.</param>
    /// <param name="splits">All of the run's.</param>
    /// <param name="fold">Which of them.</param>
    /// <param name="bags">Features of the cohort's slides.</param>
    /// <param name="options">How.</param>
    /// <param name="outDir">The run's folder.</param>
    /// <param name="progress">Told after each epoch; its share is of this fold.</param>
    /// <param name="cancellation">Stops after the present step; a later call goes on.</param>
    /// <exception cref="InputException">As for the whole run.</exception>
    public static void ExecuteFold(Cohort cohort, IReadOnlyList<Split> splits, int fold, IBagSource bags, RunOptions options, string outDir,
        IProgress<RunProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var threads = new ThreadCount(options.Threads);
        using var normal = Denormals.Flush(); // before the first tensor: libtorch's workers are as the thread was that started them
        var (device, fingerprint) = Begin(cohort, splits, bags, options, outDir);
        var split = splits.Single(s => s.Fold == fold);
        FoldRun.Execute(cohort, split, bags, options, device, Path.Combine(outDir, $"fold-{fold}"), fingerprint, new RunPace([split], options, progress), cancellation);
    }

    /// <summary>What is asked before anything is trained.</summary>
    static (Device Device, RunFingerprint Fingerprint) Begin(Cohort cohort, IReadOnlyList<Split> splits, IBagSource bags, RunOptions options, string outDir)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Restarts);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(options.Baseline.Epochs, options.Training.Epochs), 1, nameof(TrainingOptions.Epochs));
        if (options.SurvivalAlpha is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(options), "SurvivalAlpha lies in 0 ≤ α < 1.");
        if (options.Calibrate && cohort.Task == CohortTask.Survival)
            throw new InputException("calibrate-survival", "A temperature calibrates class probabilities; a survival model has none. Leave --calibrate out.");
        foreach (var shape in options.Model.Masking is null ? [options.Model] : options.Search?.Over(options.Model) ?? [options.Model])
            MhimModel.Require(shape);
        foreach (var split in splits)
        {
            LeakageGate.Require(split);
            RequireLearnable(cohort, split, options);
        }
        if (splits.All(split => split.Test.Count == 0))
            throw new InputException("splits-without-test", "No split has a test part, so nothing could be said of the models; name rows to test on.");
        if ((options.Search is not null || options.Restarts > 0) && !options.ChooseOnTest && splits.FirstOrDefault(split => split.Validation.Count == 0) is { } blind)
            throw new InputException("search-without-validation", $"Fold {blind.Fold} has no validation part, so nothing tells which of several trainings is best. Leave --search and --restarts out, or give it one.");
        if (cohort.SlideIds.FirstOrDefault(id => !bags.Has(id)) is { } missing)
            throw new InputException("features-missing",
                $"There are no features of slide `{missing}` ({cohort.SlideIds.Count(id => !bags.Has(id))} of {cohort.SlideIds.Count} slides have none). Extract them first, or take the rows out of the table.");
        var kind = RequireOneKind(cohort, bags);
        MhimModel.Require(options.Model, kind?.Dim); // no search varies a width
        var device = Devices.Parse(options.Device);
        Precisions.Require(options.Precision, device.type);
        AtomicFile.SweepTemporaries(outDir, TimeSpan.FromMinutes(10));
        return (device, RunFingerprint.Require(outDir, cohort, splits, options, bags, kind));
    }

    /// <summary>What the last fold lacks to be learned from is told before the first is trained.</summary>
    /// <exception cref="InputException"><c>fold-without-class</c>; time bins that cannot be filled (<see cref="SurvivalBins.Fit(IEnumerable{CohortRow}, int)"/>).</exception>
    public static void RequireLearnable(Cohort cohort, Split split, RunOptions options)
    {
        var learned = options.LearnedFrom(split);
        TrainingParts.Require(cohort, split.Fold, learned);
        if (cohort.Task == CohortTask.Survival)
            TaskOf(cohort, options.ChooseOnTest ? [.. learned, .. split.Test] : learned, options.SurvivalAlpha);
    }

    /// <summary>Slides that will be held out are read only hours later: what their files say is asked of all now.</summary>
    static FeatureKind? RequireOneKind(Cohort cohort, IBagSource bags)
    {
        var all = new CohortKind();
        foreach (var slide in cohort.SlideIds.Select(bags.Peek).OfType<FeatureBag>())
            all.Add(slide);
        return all.Kind;
    }

    static RunResult Summarize(Cohort cohort, RunOptions options, IReadOnlyList<FoldResult> folds)
    {
        var stages = folds.SelectMany(fold => fold.Stages).ToList();
        if (stages.All(stage => stage.HeldOut.Count == 0))
            throw new InputException("splits-without-test",
                $"No row of a test part has a single instance ({Few.Of([.. folds.SelectMany(fold => fold.SkippedRows).Distinct()])}), so nothing can be said of the models. Extract the features of such slides again, or give splits with other test rows.");
        var summaries = stages.GroupBy(stage => stage.Stage).Select(group =>
        {
            var rows = group.SelectMany(stage => stage.HeldOut).ToList();
            var mean = FoldMean.Over([.. group.Where(stage => stage.HeldOut.Count > 0)], stage => stage.HeldOut.Select(row => row.Label), stage => stage.Test);
            return new StageSummary(group.Key, group.First().ScoreName, mean.Value ?? double.NaN, Pooled(cohort, rows)) { FoldsInMean = mean.Folds };
        }).ToList();
        var last = stages[^1].Stage;
        var best = stages.Where(stage => stage.Stage == last).OrderByDescending(stage => double.IsNaN(stage.Validation) ? -1 : stage.Validation)
            .ThenBy(stage => stage.Fold).First();
        var kind = folds[0].Features;
        if (folds.FirstOrDefault(fold => (fold.Features.EncoderId, fold.Features.Dim) != (kind.EncoderId, kind.Dim))?.Features is { } other)
            throw new InputException("run-differs", $"Some folds were trained on features of `{kind.EncoderId}` ({kind.Dim} numbers), others on `{other.EncoderId}` ({other.Dim}): they are no one run. Remove the folders of those that are wrong and start it again.");
        // Of a fold's model: bins of other patients may be fewer.
        var outputs = cohort.Task == CohortTask.Classification ? cohort.Classes.Count : best.HeldOut.Select(row => row.Outputs.Count).FirstOrDefault(options.Model.Outputs);
        var model = options.Model with { InputDim = kind.Dim, Outputs = outputs };
        return new RunResult(options with { Model = model }, kind.EncoderId, cohort.Classes, stages, summaries, best.ModelDir,
            [.. folds.SelectMany(fold => fold.SkippedRows).Distinct()]);
    }

    /// <summary>What the cohort asks; time bins come from the rows given, the training rows.</summary>
    internal static IMilTask TaskOf(Cohort cohort, IReadOnlyList<CohortRow> train, double alpha = 0) => cohort.Task == CohortTask.Classification
        ? new Classification(cohort.Classes.Count)
        : new Survival(SurvivalBins.Fit(train), alpha);

    static double Pooled(Cohort cohort, IReadOnlyList<HeldOut> rows)
    {
        // Risks are compared, in whatever bins they were told.
        IMilTask task = cohort.Task == CohortTask.Classification ? new Classification(cohort.Classes.Count) : new Survival(new SurvivalBins([0, 1]));
        var risk = PooledRisk.Of(rows);
        var byId = cohort.Rows.ToDictionary(row => row.Id);
        return task.Score([.. rows.Select(row => byId[row.Id])], [.. rows.Select(row => new Decoded([.. row.Outputs], risk(row)))]);
    }
}
