using Mhim.Features;
using System.Globalization;
using System.Reflection;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Metrics;
using Mhim.Mil.Training;

namespace Mhim.Mil.Reports;

/// <summary>From a finished run to its report.</summary>
public static class RunReports
{
    /// <summary>The fact that a run divided its rows by a seed; whoever gives it splits takes it out.</summary>
    public const string FoldSeed = "Seed of folds";

    /// <summary>A report of a run, baseline first and MHIM last; title, lead, facts and galleries may be changed with <c>with</c>.</summary>
    /// <param name="result">The run.</param>
    /// <param name="cohort">Its cohort, which tells how the table was read.</param>
    /// <param name="title">Heading.</param>
    public static RunReport Of(RunResult result, Cohort cohort, string title)
    {
        var backbone = BackboneOf(result);
        var folds = result.Options.Folds;
        var seconds = result.Stages.Sum(stage => stage.TriedSeconds ?? stage.Seconds);
        var tried = result.Stages.Sum(stage => stage.Tried ?? 1);
        return new RunReport
        {
            Title = title,
            Lead = $"{(cohort.Task == CohortTask.Survival ? "Survival" : string.Join(" or ", cohort.Classes.Select(name => $"`{name}`")))} by {backbone} "
                + $"on `{result.EncoderId}` features; {(result.Options.ChooseOnTest ? "as the reference does it, each epoch was chosen by the patients whose numbers these are" : "every number comes from patients that the model had not seen")}.",
            Cohort = cohort.Describe().Split('\n'),
            Facts =
            [
                new("Features", string.Create(CultureInfo.InvariantCulture, $"`{result.EncoderId}`, {result.Options.Model.InputDim} numbers an instance")),
                new("Folds", string.Create(CultureInfo.InvariantCulture,
                    $"{result.Stages.Select(stage => stage.Fold).Distinct().Count()}, stratified, grouped by {(folds.PreserveSites ? "site" : "patient")}")),
                new(FoldSeed, folds.Seed.ToString(CultureInfo.InvariantCulture)),
                new("Seed of training", result.Options.Seed.ToString(CultureInfo.InvariantCulture)),
                .. SettingsInWords.Of(result.Options),
                new("Training time", string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 3600)}:{TimeSpan.FromSeconds(seconds):mm\\:ss} for {result.Stages.Count} models{(tried > result.Stages.Count ? $", the best of {tried} that were trained" : "")}")),
                new("Best model", $"`{result.BestModel}`, of {Name(result.Stages[^1].Stage, backbone)}'s the best on {(result.Options.ChooseOnTest ? "the test part" : "validation")}"),
                new("Version", $"MHIM {Version}"),
            ],
            Warnings = WarningsOf(result),
            Classes = cohort.Task == CohortTask.Survival ? [] : result.Classes,
            Models = ModelsOf(result),
            Calibration = [.. result.Stages.GroupBy(stage => stage.Stage)
                .Select(group => CalibrationChange.Of(Name(group.Key, backbone), [.. group], result.Classes.Count)).OfType<CalibrationChange>()],
            Seed = folds.Seed,
            TimeName = cohort.TimeName,
            RiskBorder = result.Options.ChooseOnTest ? "of all patients, held-out ones too" : MetricTable.TrainingBorder,
        };
    }

    // As 1.0.0+0123abcd, with the commit that it was built from where that was known.
    static string Version => typeof(RunReports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion is { } version
        ? version[..Math.Min(version.Length, version.IndexOf('+', StringComparison.Ordinal) is > 0 and var at ? at + 9 : version.Length)] : "unknown";

    /// <summary>What of a run is to be doubted, a sentence each.</summary>
    public static IReadOnlyList<string> WarningsOf(RunResult result)
    {
        var warnings = new List<string>();
        if (result.Options.ChooseOnTest)
            warnings.Add(result.Options.ChosenOnTest + (result.Classes.Count == 0 ? " Time bins and the border of high risk come from all patients too." : ""));
        if (result.SkippedRows.Count > 0)
            warnings.Add($"{Few.Count(result.SkippedRows.Count, "row without a single instance was", "rows without a single instance were")} left out: {Few.Of(result.SkippedRows)}.");
        if (result.Stages.Where(stage => stage.HeldOut.Count == 0).Select(stage => stage.Fold).Distinct().ToArray() is { Length: > 0 } untested)
            warnings.Add($"In fold {string.Join(", ", untested)} not one case could be tested: all numbers are of the other folds.");
        var part = result.Options.ChooseOnTest ? "test" : "validation";
        if (result.Stages.Where(HasNoValidation).Select(stage => stage.Fold).Distinct().ToArray() is { Length: > 0 } without)
            warnings.Add($"Fold {string.Join(", ", without)} {(without.Length == 1 ? "has" : "have")} no {part} part{(result.SkippedRows.Count > 0 ? " with instances" : "")}: the epoch there was the last.");
        if (result.Stages.Where(stage => double.IsNaN(stage.Validation) && !HasNoValidation(stage)).Select(stage => stage.Fold).Distinct().ToArray() is { Length: > 0 } blind)
            warnings.Add($"In fold {string.Join(", ", blind)} validation says nothing ({result.Stages[0].ScoreName} needs rows that differ): the epoch there was chosen by the loss, or was the last.");
        if (result.Stages.GroupBy(stage => stage.Stage).Any(folds => folds.Any(f => f.Temperature is null) && folds.Any(f => f.Temperature is not null)))
            warnings.Add("Folds without validation rows could not be calibrated: their probabilities are as the models gave them.");
        var tested = result.Stages.Where(stage => stage.Stage == result.Stages[0].Stage).SelectMany(stage => stage.HeldOut).GroupBy(row => row.Id).Count(rows => rows.Count() > 1);
        if (tested > 0)
            warnings.Add($"{Few.Count(tested, "case is in the test parts of several folds, and counts", "cases are in the test parts of several folds, and count")} once for each in pooled numbers.");
        return warnings;
    }

    // Rows of one class alone have no score, but they have a loss.
    static bool HasNoValidation(StageResult stage) => double.IsNaN(stage.Validation) && stage.Epochs.Count > 0 && stage.Epochs.All(epoch => double.IsNaN(epoch.ValidationLoss));

    /// <summary>What the stages of a run said of the held-out cases, baseline first and MHIM last.</summary>
    public static IReadOnlyList<ReportModel> ModelsOf(RunResult result) => [.. result.Stages.GroupBy(stage => stage.Stage)
        .Select(group => Model(group.Key, BackboneOf(result), result.Classes.Count == 0 ? CohortTask.Survival : CohortTask.Classification, [.. group]))];

    static string BackboneOf(RunResult result) => result.Options.Model.Backbone.Kind.ToString() switch
    {
        "AbMil" => "AB-MIL",
        "DsMil" => "DSMIL",
        "TransMil" => "TransMIL",
        var other => other,
    };

    static string Name(string stage, string backbone) => stage == "baseline" ? backbone : stage == "mhim" ? $"MHIM on {backbone}" : stage;

    static ReportModel Model(string stage, string backbone, CohortTask task, IReadOnlyList<StageResult> folds)
    {
        var risk = PooledRisk.Of([.. folds.SelectMany(fold => fold.HeldOut)]);
        return new(Name(stage, backbone),
        [
            .. from fold in folds
               from row in fold.HeldOut
               select new CaseOutcome(row.Fold, row.Id, row.PatientId, row.Label, task == CohortTask.Survival ? [] : row.Outputs, row.Time, row.Event, risk(row), fold.IsHighRisk(row))
        ],
        [
            .. folds.Select(fold => new TrainingCurve(fold.Fold, fold.BestEpoch, fold.ScoreName switch
            {
                "auc" => "ROC AUC",
                "c_index" => "C-index",
                var other => other,
            }, [.. fold.Epochs.Select(epoch => new CurveEpoch(epoch.Loss, epoch.ValidationLoss, epoch.Score))]))
        ])
        { HasTeacher = stage == "mhim" };
    }
}
