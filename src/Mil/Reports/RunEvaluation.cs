using System.Text.Json.Serialization;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports.Charts;

namespace Mhim.Mil.Reports;

/// <summary>The numbers of a report: every metric pooled and per fold, and the comparison of the models.</summary>
/// <param name="Task"><c>classification</c> or <c>survival</c>.</param>
/// <param name="Models">In the report's order.</param>
/// <param name="Comparisons">Each model against the first.</param>
public sealed record RunEvaluation(string Task, IReadOnlyList<ModelEvaluation> Models, IReadOnlyList<ModelComparison> Comparisons)
{
    /// <summary>What temperature scaling did, per model; null, and not written, where there was none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CalibrationChange>? Calibration { get; init; }

    /// <summary>Whether all models were asked about the same cases in the same folds; otherwise folds of one number are not the same fold.</summary>
    [JsonIgnore]
    public bool SameFolds { get; init; } = true;

    /// <summary>Whether all models were asked about the same cases: scores over others are no contest.</summary>
    [JsonIgnore]
    public bool SameCases { get; init; } = true;

    /// <summary>Where pooled cases and single folds disagree on which model is better, a sentence each.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Doubts => [.. Comparisons.Select(comparison => comparison.Doubt).OfType<string>()];

    /// <summary>Measures the models of a report.</summary>
    /// <exception cref="ArgumentException">No model, or a model without cases.</exception>
    public static RunEvaluation Of(RunReport report)
    {
        if (report.Models.Count == 0 || report.Models.Any(model => model.Cases.Count == 0))
            throw new ArgumentException("A report needs a model, and every model its cases.", nameof(report));
        var survival = report.Classes.Count == 0;
        IReadOnlyList<Metric> Measure(IReadOnlyList<CaseOutcome> cases)
        {
            string[] patients = [.. cases.Select(c => c.PatientId)];
            return survival
                ? MetricTable.Of(Risks(cases), patients, report.Seed, report.Resamples, report.RiskBorder)
                : MetricTable.Of(Classes(report, cases), patients, report.Seed, report.Resamples, report.Classes);
        }

        var models = report.Models.Select(model =>
        {
            var parts = model.Cases.GroupBy(c => c.Fold).OrderBy(fold => fold.Key).Select(fold => (Cases: fold.ToArray(), Evaluation: new FoldEvaluation(fold.Key, fold.Count(), Measure([.. fold])))).ToArray();
            FoldEvaluation[] folds = [.. parts.Select(part => part.Evaluation)];
            Metric WithMean(Metric metric, int i)
            {
                if (!MetricTable.IsQuality(metric.Name))
                    return metric;
                var mean = FoldMean.Over(parts, part => part.Cases.Select(c => c.Label), part => part.Evaluation.Metrics[i].Value);
                return metric with { MeanOfFolds = mean.Value, FoldsInMean = mean.Folds };
            }
            return new ModelEvaluation(model.Name, model.Cases.Count, model.Cases.Select(c => c.PatientId).Distinct().Count(),
                [.. Measure(model.Cases).Select(WithMean)], folds);
        });
        return new RunEvaluation(survival ? "survival" : "classification", [.. models],
            [.. report.Models.Skip(1).Select(model => Compare(report, report.Models[0], model, survival)).OfType<ModelComparison>()])
        {
            Calibration = report.Calibration.Count > 0 ? report.Calibration : null,
            SameCases = report.Models.All(model => model.Cases.Select(c => c.Id).ToHashSet().SetEquals(report.Models[^1].Cases.Select(c => c.Id))),
            SameFolds = report.Models.All(model => AreAlike(model.Cases, report.Models[^1].Cases)),
        };
    }

    internal static ClassScores Classes(RunReport report, IReadOnlyList<CaseOutcome> cases) =>
        new([.. cases.Select(c => c.Label)], [.. cases.SelectMany(c => c.Probabilities)], report.Classes.Count);

    internal static RiskScores Risks(IReadOnlyList<CaseOutcome> cases) =>
        new([.. cases.Select(c => c.Time ?? double.NaN)], [.. cases.Select(c => c.Event ?? false)], [.. cases.Select(c => c.Risk ?? double.NaN)],
            cases.All(c => c.HighRisk is not null) ? [.. cases.Select(c => c.HighRisk!.Value)] : null);

    /// <summary>One row a patient, for what takes every row for another person.</summary>
    internal static RiskScores RisksOfPatients(IReadOnlyList<CaseOutcome> cases) => Risks(cases).PerPatient([.. cases.Select(c => c.PatientId)]);

    /// <summary>Only on cases that both models were asked about; nothing when there are none.</summary>
    internal static ModelComparison? Compare(RunReport report, ReportModel first, ReportModel model, bool survival)
    {
        var (ours, theirs) = Paired(model.Cases, first.Cases);
        if (ours.Count == 0)
            return null;
        string[] patients = [.. ours.Select(c => c.PatientId)];
        Func<IReadOnlyList<int>, double> difference;
        double? delong = null;
        bool varies;
        if (survival)
        {
            var (a, b) = (Risks(ours), Risks(theirs));
            varies = a.EventsVary(patients);
            difference = rows => Concordance.Of(a.Pick(rows)).Index - Concordance.Of(b.Pick(rows)).Index;
        }
        else
        {
            var (a, b) = (Classes(report, ours), Classes(report, theirs));
            var there = a.ClassesThere;
            varies = a.EveryClassVaries(patients);
            // Where a resample lacks a class its AUC is another quantity.
            difference = rows => a.Pick(rows) is var picked && picked.ClassesThere == there ? Ranking.RocAuc(picked) - Ranking.RocAuc(b.Pick(rows)) : double.NaN;
            if (report.Classes.Count == 2 && patients.Distinct().Count() == patients.Length)
                delong = Known(DeLong.Test(a.Ranks(1), b.Ranks(1), a.Is(1)).P);
        }
        var (estimate, p) = Bootstrap.PairedTest(patients, difference, report.Seed, report.Resamples);
        if (!varies)
            (estimate, p) = (estimate.Alone, double.NaN);
        var (mean, against) = (LeadOfFolds(report, ours), LeadOfFolds(report, theirs));
        // Runs that were divided otherwise may count another number of folds: what is said is of the one that counts fewer.
        var (counted, folds) = mean.Counted.Folds * against.Of <= against.Counted.Folds * mean.Of ? (mean.Counted.Folds, mean.Of) : (against.Counted.Folds, against.Of);
        return new ModelComparison(model.Name, first.Name, survival ? "c_index" : "auc",
            Known(estimate.Value), Known(estimate.Low), Known(estimate.High), Known(p), delong)
        {
            Cases = ours.Count, Score = Lead(report, ours), AgainstScore = Lead(report, theirs), FoldsDifference = mean.Counted.Value - against.Counted.Value,
            FoldsInMean = counted, Folds = folds,
        };
    }

    /// <summary>C-index or AUC over cases; null when it cannot be told.</summary>
    internal static double? Lead(RunReport report, IReadOnlyList<CaseOutcome> cases) =>
        Known(report.Classes.Count == 0 ? Concordance.Of(Risks(cases)).Index : Ranking.RocAuc(Classes(report, cases)));

    static (FoldMean Counted, int Of) LeadOfFolds(RunReport report, IReadOnlyList<CaseOutcome> cases)
    {
        var folds = cases.GroupBy(c => c.Fold).ToArray();
        return (FoldMean.Over(folds, fold => fold.Select(c => c.Label), fold => Lead(report, [.. fold])), folds.Length);
    }

    static bool AreAlike(IReadOnlyList<CaseOutcome> ours, IReadOnlyList<CaseOutcome> theirs) =>
        ours.Select(c => (c.Fold, c.Id)).ToHashSet().SetEquals(theirs.Select(c => (c.Fold, c.Id)));

    /// <summary>
    /// What two models said of the same cases: fold by fold where they were asked about the same cases in the same folds (a case may then be tested in several), else case by case, by the
    /// first fold that tested it.
    /// </summary>
    internal static (IReadOnlyList<CaseOutcome> Ours, IReadOnlyList<CaseOutcome> Theirs) Paired(IReadOnlyList<CaseOutcome> ours, IReadOnlyList<CaseOutcome> theirs)
    {
        var alike = AreAlike(ours, theirs);
        (int, string) Key(CaseOutcome c) => (alike ? c.Fold : 0, c.Id);
        var known = theirs.DistinctBy(Key).ToDictionary(Key);
        CaseOutcome[] common = [.. ours.Where(c => known.ContainsKey(Key(c))).DistinctBy(Key)];
        return (common, [.. common.Select(c => known[Key(c)])]);
    }

    static double? Known(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>The metrics of one model.</summary>
/// <param name="Name">Of the model.</param>
/// <param name="Cases">Held-out cases of all folds.</param>
/// <param name="Patients">Their patients.</param>
/// <param name="Pooled">Over the cases of all folds together.</param>
/// <param name="Folds">Per fold.</param>
public sealed record ModelEvaluation(string Name, int Cases, int Patients, IReadOnlyList<Metric> Pooled, IReadOnlyList<FoldEvaluation> Folds);

/// <summary>The metrics of one fold.</summary>
/// <param name="Fold">Number of the fold.</param>
/// <param name="Cases">Its held-out cases.</param>
/// <param name="Metrics">Over them.</param>
public sealed record FoldEvaluation(int Fold, int Cases, IReadOnlyList<Metric> Metrics);

/// <summary>One model against another on the same held-out cases.</summary>
/// <param name="Model">The model.</param>
/// <param name="Against">The one that it is compared to.</param>
/// <param name="Metric">Name of the compared metric, pooled over folds.</param>
/// <param name="Difference">Metric of the model minus that of the other.</param>
/// <param name="Low">Lower end of the 95% interval of the difference.</param>
/// <param name="High">Upper end.</param>
/// <param name="PairedBootstrapP">Paired bootstrap over patients.</param>
/// <param name="DeLongP">DeLong's test; null unless there are two classes and one case per patient.</param>
public sealed record ModelComparison(
    string Model, string Against, string Metric, double? Difference, double? Low, double? High, double? PairedBootstrapP, double? DeLongP)
{
    /// <summary>Cases that both models were asked about, which all of this is over.</summary>
    public int Cases { get; init; }

    /// <summary>Metric of the model over them.</summary>
    public double? Score { get; init; }

    /// <summary>Metric of the other over them.</summary>
    public double? AgainstScore { get; init; }

    /// <summary>The same difference between the means of the folds: scores of different folds are of different models, and pooled they are taken for one scale.</summary>
    public double? FoldsDifference { get; init; }

    /// <summary>Over how many folds those means are: only folds that hold every class of the cases count.</summary>
    public int FoldsInMean { get; init; }

    /// <summary>Folds that the cases are of.</summary>
    public int Folds { get; init; }

    /// <summary>A sentence where the model is the worse one beyond doubt, for those who would take it without a look at the numbers; null where it is not.</summary>
    [JsonIgnore]
    public string? Loss => High < 0 ? $"{Model} is worse than {Against} here: {Words.Signed(Difference)} ({Words.Signed(Low)} to {Words.Signed(High)})." : null;

    /// <summary>A sentence where pooled cases and single folds disagree; null where they do not.</summary>
    internal string? Doubt => Difference * FoldsDifference < 0 && Math.Min(Math.Abs(Difference!.Value), Math.Abs(FoldsDifference!.Value)) >= 0.005
        ? $"{Model} against {Against}: {Words.Signed(Difference)} over the pooled cases, but {Words.Signed(FoldsDifference)} in {Words.TheMeanOf(FoldsInMean, Folds)}. Scores of different folds come from different models and need not be on one scale: take neither for better."
        : null;
}
