using System.Diagnostics;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>What a fold came to; written as <c>fold.json</c>.</summary>
internal sealed record FoldResult(FeatureKind Features, IReadOnlyList<StageResult> Stages, IReadOnlyList<string> SkippedRows);

/// <summary>One fold: the baseline is trained, then MHIM with a teacher that starts from it; then, and only then, the test part is read.</summary>
internal static class FoldRun
{
    public static FoldResult Execute(Cohort cohort, Split split, IBagSource source, RunOptions options, Device device, string dir,
        RunFingerprint fingerprint, RunPace pace, CancellationToken cancellation)
    {
        var done = Path.Combine(dir, "fold.json");
        if (File.Exists(done))
        {
            foreach (var stage in RunPace.Stages(options))
                pace.AfterStage(split, stage);
            return MilJson.Read<FoldResult>(done, "run-unreadable");
        }

        using var bags = new BagStore(source, device, options.CacheBytes);
        var skipped = new List<string>();
        var (train, validation) = (WithInstances(bags, split.Train, skipped), WithInstances(bags, split.Validation, skipped));
        if (train.Count == 0)
            throw new InputException("no-instances", $"Fold {split.Fold}: no training row has a single instance.");
        if (options.Standardize)
            bags.Standardize(train);
        var task = TrainingRun.TaskOf(cohort, train);
        var shape = options.Model with { InputDim = bags.Kind!.Dim, Outputs = task.Outputs };
        var card = new ModelCard
        {
            Name = "", Task = cohort.Task.ToString().ToLowerInvariant(), Classes = cohort.Classes, Features = bags.Kind,
            TimeBins = task is Survival survivalTask ? survivalTask.Bins.Edges : [],
            Train = Ids(split.Train), Validation = Ids(split.Validation), Test = Ids(split.Test),
            Provenance = new Dictionary<string, string> { ["options"] = fingerprint.Options, ["cohort"] = fingerprint.Cohort },
        };

        var stages = new List<(StageResult Result, MhimModel Model, ModelCard Card)>();
        try
        {
            MhimModel? baseline = null;
            foreach (var stage in RunPace.Stages(options))
            {
                var folder = Path.Combine(dir, stage);
                var name = card with { Name = $"{stage} {shape.Backbone.Kind}, fold {split.Fold}" };
                var (model, result) = Stage(stage, folder, name);
                stages.Add((result, model, name));
                pace.AfterStage(split, stage);
                baseline ??= model;
            }

            // Training has ended: now the test part may be read.
            var test = WithInstances(bags, split.Test, skipped);
            var results = stages.Select(stage => Judge(stage.Result, stage.Model, stage.Card, test)).ToList();
            var fold = new FoldResult(bags.Kind, results, skipped);
            MilJson.Write(done, fold);
            return fold;

            (MhimModel, StageResult) Stage(string stage, string folder, ModelCard named)
            {
                var curve = Path.Combine(folder, "training.json");
                if (ModelFolder.Exists(folder) && File.Exists(curve))
                    return (ModelFolder.Load(folder, device).Model, MilJson.Read<StageResult>(curve, "run-unreadable"));
                var watch = Stopwatch.StartNew();
                var seed = (ulong)Seeds.Mix(options.Seed, (ulong)split.Fold, stage == "mhim" ? 2u : 1u);
                var model = new MhimModel(stage == "mhim" ? shape : shape.AsBaseline(), seed, device);
                try
                {
                    if (stage == "mhim")
                        StateDict.Start(model, baseline!, options.Student);
                    using var teacher = stage == "mhim" ? Teachers.Start(model, baseline!, options) : null;
                    var trainer = new Trainer(model, teacher, task, stage == "mhim" ? options.Training : options.Baseline, seed);
                    var trained = trainer.Fit(bags, train, validation,
                        (epoch, record) => pace.AfterEpoch(split, stage, epoch, record, task.ScoreName), cancellation);
                    var result = new StageResult(split.Fold, stage, Path.Combine($"fold-{split.Fold}", stage), trained.BestEpoch, task.ScoreName,
                        trained.Score, double.NaN, watch.Elapsed.TotalSeconds, trained.Epochs, []);
                    MilJson.Write(curve, result);
                    ModelFolder.Save(folder, model, bags.Scaler, named with { Metrics = Metrics(result) });
                    return (model, result);
                }
                catch
                {
                    model.Dispose();
                    throw;
                }
            }
        }
        finally
        {
            foreach (var (_, model, _) in stages)
                model.Dispose();
        }

        StageResult Judge(StageResult result, MhimModel model, ModelCard named, IReadOnlyList<CohortRow> test)
        {
            var answers = Trainer.Evaluate(model, task, bags, test).Answers;
            var survival = cohort.Task == CohortTask.Survival;
            var judged = result with
            {
                Test = test.Count == 0 ? double.NaN : task.Score(test, answers),
                HeldOut = [.. test.Zip(answers, (row, answer) => new HeldOut(split.Fold, result.Stage, row.Id, row.PatientId, row.Label,
                    survival ? row.Time : null, survival ? row.Event : null, answer.Outputs, answer.Risk))],
            };
            ModelFolder.WriteCard(Path.Combine(dir, result.Stage), named with { Metrics = Metrics(judged) });
            return judged;
        }
    }

    static Dictionary<string, double> Metrics(StageResult result)
    {
        var metrics = new Dictionary<string, double> { [$"validation {result.ScoreName}"] = result.Validation };
        if (!double.IsNaN(result.Test))
            metrics[$"test {result.ScoreName}"] = result.Test;
        return metrics;
    }

    static List<CohortRow> WithInstances(BagStore bags, IReadOnlyList<CohortRow> rows, List<string> skipped)
    {
        var full = rows.Where(row => bags.Count(row) > 0).ToList();
        skipped.AddRange(rows.Except(full).Select(row => row.Id));
        return full;
    }

    static List<string> Ids(IReadOnlyList<CohortRow> rows) => [.. rows.Select(row => row.Id)];
}
