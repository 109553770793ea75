using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Metrics;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>What a fold came to; written as <c>fold.json</c>.</summary>
internal sealed record FoldResult(FeatureKind Features, IReadOnlyList<StageResult> Stages, IReadOnlyList<string> SkippedRows)
{
    /// <summary>Name of the file in a fold's folder.</summary>
    public const string FileName = "fold.json";

    /// <summary>Reads what a fold came to.</summary>
    /// <exception cref="InputException"><c>run-unreadable</c>.</exception>
    public static FoldResult Read(string path) => MilJson.ReadBack<FoldResult>(path, result => result is { Features: not null, Stages.Count: > 0, SkippedRows: not null }, "its fold's models are judged again; they stay as they are");
}

/// <summary>One fold: the baseline is trained, then MHIM with a teacher that starts from it; then, and only then, the test part is read.</summary>
internal sealed partial class FoldRun : IDisposable
{
    readonly Cohort _cohort;
    readonly Split _split;
    readonly RunOptions _options;
    readonly Device _device;
    readonly string _dir;
    readonly RunPace _pace;
    readonly BagStore _bags;
    readonly List<string> _skipped = [];
    // Whose times and risks bins and borders come from.
    readonly List<CohortRow> _train, _validation, _known;
    readonly IMilTask _task;
    readonly MhimOptions _shape;
    readonly ModelCard _card;
    readonly CancellationToken _cancellation;

    FoldRun(Cohort cohort, Split split, IBagSource source, RunOptions options, Device device, string dir, RunFingerprint fingerprint, RunPace pace, CancellationToken cancellation)
    {
        (_cohort, _split, _options, _device, _dir, _pace, _cancellation) = (cohort, split, options, device, dir, pace, cancellation);
        _bags = new BagStore(source, device, options.CacheBytes, options.HalfFeatures);
        _train = WithInstances(options.LearnedFrom(split));
        _validation = WithInstances(options.ChooseOnTest ? split.Test : split.Validation);
        FoldParts.Require(cohort, split, options, _train, _validation);
        if (options.Standardize)
            _bags.Standardize(_train, cancellation);
        _known = options.ChooseOnTest ? [.. _train, .. _validation] : _train;
        _task = TrainingRun.TaskOf(cohort, _known, options.SurvivalAlpha);
        MhimModel.Require(options.Model, _bags.Kind!.Dim);
        _shape = options.Model with { InputDim = _bags.Kind!.Dim, Outputs = _task.Outputs };
        var provenance = new Dictionary<string, string> { ["options"] = fingerprint.Options, ["cohort"] = fingerprint.Cohort };
        if (fingerprint.Features is { } features)
            provenance["features"] = features;
        if (options.ChooseOnTest)
            provenance["warning"] = options.ChosenOnTest;
        _card = new ModelCard
        {
            Name = "", Task = cohort.Task.ToString().ToLowerInvariant(), Classes = cohort.Classes, Features = _bags.Kind,
            HalfFeatures = options.HalfFeatures, BagPer = cohort.BagPer == BagPer.Auto ? null : cohort.BagPer.ToString().ToLowerInvariant(),
            TimeBins = _task is Survival survival ? survival.Bins.Edges : [], Provenance = provenance,
            Train = Ids(_train), Validation = Ids(options.ChooseOnTest ? [] : split.Validation), Test = Ids(split.Test),
        };
        ModelChecks.RequireLoadable(_shape, _card with { Name = "fold" });
    }

    /// <summary>Runs a fold, or reads what an earlier run made of it.</summary>
    public static FoldResult Execute(Cohort cohort, Split split, IBagSource source, RunOptions options, Device device, string dir,
        RunFingerprint fingerprint, RunPace pace, CancellationToken cancellation)
    {
        var done = Path.Combine(dir, FoldResult.FileName);
        if (File.Exists(done))
        {
            foreach (var stage in RunPace.Stages(options))
                pace.AfterStage(split, stage);
            return FoldResult.Read(done);
        }
        using var fold = new FoldRun(cohort, split, source, options, device, dir, fingerprint, pace, cancellation);
        var result = fold.Execute(cancellation);
        MilJson.Write(done, result);
        return result;
    }

    FoldResult Execute(CancellationToken cancellation)
    {
        using var baseline = Best("baseline", [_shape.AsBaseline()], null, cancellation);
        using var mhim = _options.Model.Masking is null ? null : Best("mhim", _options.Search?.Over(_shape) ?? [_shape], baseline.Model, cancellation);

        // Training has ended: now the test part may be read.
        var test = WithInstances(_split.Test);
        var stages = new List<StageResult> { Judge(baseline, test) };
        if (mhim is not null)
            stages.Add(Judge(mhim, test));
        return new FoldResult(_bags.Kind!, stages, _skipped);
    }

    TrainedStage Train(string stage, string folder, MhimOptions shape, int restart, MhimModel? baseline, int number, CancellationToken cancellation)
    {
        var card = _card with { Name = $"{stage} {shape.Backbone.Kind}, fold {_split.Fold}" };
        var (curve, checkpoint) = (Path.Combine(folder, "training.json"), Path.Combine(folder, "checkpoint.safetensors"));
        if (ModelFolder.Exists(folder) && File.Exists(curve))
        {
            File.Delete(checkpoint); // killed just before it could
            var result = MilJson.ReadBack<StageResult>(curve, read => read is { Epochs.Count: > 0, ModelDir: not null, ScoreName: not null, HeldOut: not null }, "this training begins again");
            return new TrainedStage(ModelFolder.Load(folder, _device).Model, result, card with { Temperature = result.Temperature });
        }
        var (fold, which) = ((ulong)_split.Fold, baseline is null ? 1ul : 2ul);
        var seed = (ulong)(restart == 0 ? Seeds.Mix(_options.Seed, fold, which) : Seeds.Mix(_options.Seed, fold, which, (ulong)restart));
        var model = new MhimModel(shape, seed, _device);
        try
        {
            if (baseline is not null)
                StateDict.Start(model, baseline, _options.Student);
            using var teacher = baseline is null ? null : Teachers.Start(model, baseline, _options);
            var trainer = new Trainer(model, teacher, _task, baseline is null ? _options.Baseline : _options.Training, seed, _options.Precision);
            var trained = trainer.Fit(_bags, _train, _validation,
                (epoch, record) => _pace.AfterEpoch(_split, stage, number, epoch, record, _task.ScoreName),
                checkpoint, _options.CheckpointSeconds, cancellation);
            var result = new StageResult(_split.Fold, stage, Path.GetRelativePath(Path.GetDirectoryName(_dir)!, folder), trained.BestEpoch,
                _task.ScoreName, trained.Score, double.NaN, trained.Seconds, trained.Epochs, [])
                { Temperature = Temperature(model), RiskThreshold = RiskThreshold(model) };
            card = card with { Metrics = Metrics(result), Temperature = result.Temperature };
            MilJson.Write(curve, result);
            ModelFolder.Save(folder, model, _bags.Scaler, card, teacher?.Model);
            File.Delete(checkpoint);
            return new TrainedStage(model, result, card);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Fitted on the rows that validate, never on the test part; null where it was not asked for or nothing validates.</summary>
    double? Temperature(MhimModel model)
    {
        var rows = _options is { Calibrate: true } ? WithInstances(_split.Validation) : [];
        if (rows.Count == 0)
            return null;
        // ln p are logits too: a softmax does not see what all classes have in common.
        var logits = Trainer.Evaluate(model, _task, _bags, rows).Answers.SelectMany(answer => answer.Outputs.Select(p => Math.Log(Math.Max(p, 1e-300)))).ToArray();
        return Calibration.FitTemperature([.. rows.Select(row => row.Label)], logits, _task.Outputs);
    }

    /// <summary>The border between high and low risk comes from training rows, as bins and statistics of the features do (from all in a run that repeats the reference).</summary>
    double? RiskThreshold(MhimModel model)
    {
        if (_cohort.Task != CohortTask.Survival)
            return null;
        var risks = Trainer.Evaluate(model, _task, _bags, _known).Answers.Select(answer => answer.Risk!.Value).Order().ToArray();
        return (risks[(risks.Length - 1) / 2] + risks[risks.Length / 2]) / 2;
    }

    StageResult Judge(TrainedStage stage, IReadOnlyList<CohortRow> test)
    {
        var answers = Trainer.Evaluate(stage.Model, _task, _bags, test, stage.Result.Temperature ?? 1).Answers;
        if (answers.Zip(test).FirstOrDefault(pair => !pair.First.Outputs.All(double.IsFinite)).Second is { } garbled)
            throw new InputException("prediction-not-finite",
                $"The model's answer for `{garbled.Id}` of the test part is not a number: its features are so large that sums overflow. Mend its feature file and start the run again; what is trained stays.");
        var survival = _cohort.Task == CohortTask.Survival;
        var judged = stage.Result with
        {
            Test = test.Count == 0 ? double.NaN : _task.Score(test, answers),
            HeldOut = [.. test.Zip(answers, (row, answer) => new HeldOut(_split.Fold, stage.Result.Stage, row.Id, row.PatientId, row.Label,
                survival ? row.Time : null, survival ? row.Event : null, answer.Outputs, answer.Risk))],
        };
        ModelFolder.WriteCard(Path.Combine(_dir, stage.Result.Stage), stage.Card with { Metrics = Metrics(judged) });
        return judged;
    }

    static Dictionary<string, double> Metrics(StageResult result)
    {
        var metrics = new Dictionary<string, double> { [$"validation {result.ScoreName}"] = result.Validation };
        if (!double.IsNaN(result.Test))
            metrics[$"test {result.ScoreName}"] = result.Test;
        return metrics;
    }

    List<CohortRow> WithInstances(IReadOnlyList<CohortRow> rows)
    {
        var full = rows.Where((row, i) =>
        {
            _cancellation.ThrowIfCancellationRequested();     // many large files take minutes
            return _bags.Count(row, i + 1 < rows.Count ? rows[i + 1] : null) > 0;
        }).ToList();
        _skipped.AddRange(rows.Except(full).Select(row => row.Id).Except(_skipped));
        return full;
    }

    static List<string> Ids(IReadOnlyList<CohortRow> rows) => [.. rows.Select(row => row.Id)];

    public void Dispose() => _bags.Dispose();
}
