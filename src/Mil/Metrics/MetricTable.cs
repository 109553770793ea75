using System.Text.Json.Serialization;

namespace Mhim.Mil.Metrics;

/// <summary>One metric as it is shown and written.</summary>
/// <param name="Name">For programs, as <c>auc</c>.</param>
/// <param name="Title">For people, as <c>ROC AUC</c>.</param>
/// <param name="Average">What it is an average over, as <c>macro, one-vs-rest</c>.</param>
/// <param name="Value">The metric; null when it cannot be told from these cases.</param>
/// <param name="Low">Lower end of the 95% interval; null when it cannot be told.</param>
/// <param name="High">Upper end.</param>
/// <param name="HigherIsBetter">False for losses.</param>
public sealed record Metric(
    string Name, string Title, string Average, double? Value, double? Low, double? High,
    bool HigherIsBetter = true)
{
    /// <summary>Of a metric that is pooled over folds: the mean of the folds' own, which does not take scores of different models for one scale; null elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MeanOfFolds { get; init; }

    /// <summary>Over how many folds that mean is: those that hold every class of the pooled cases; null where there is no such mean.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FoldsInMean { get; init; }
}

/// <summary>Every metric of a task, each with a 95% interval over patients.</summary>
public static class MetricTable
{
    /// <summary>
    /// AUC, average precision, plain and balanced accuracy, macro F1, kappa, quadratic kappa, Brier, calibration error, log loss.
    /// </summary>
    /// <param name="scores">N cases.</param>
    /// <param name="patients">[N] patient of each case.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="resamples">Of the bootstrap; 0 leaves the intervals out.</param>
    /// <param name="classes">[C] names of the classes, for the words of the averages; null: they are numbered.</param>
    public static IReadOnlyList<Metric> Of(ClassScores scores, IReadOnlyList<string> patients, int seed = 1, int resamples = Bootstrap.Resamples, IReadOnlyList<string>? classes = null)
    {
        Ranking.RequireSameLength(patients.Count, scores.Count);
        var (ranked, ordered) = (Ranked(scores, classes), classes is null || scores.Classes == 2 ? "" : $" in the order {string.Join(", ", classes)}");
        (string Name, string Title, string Average, bool Higher)[] names =
        [
            ("auc", "ROC AUC", ranked, true),
            ("average_precision", "Average precision", ranked, true),
            ("accuracy", "Accuracy", "over cases (micro)", true),
            ("balanced_accuracy", "Balanced accuracy", "mean recall over classes (macro)", true),
            ("f1", "F1", "mean over classes (macro)", true),
            ("kappa", "Cohen's kappa", "over cases, unweighted", true),
            ("kappa_quadratic", "Quadratic kappa", "over cases, squared distance" + ordered, true),
            ("brier", "Brier score", scores.Classes == 2 ? "over cases, second class" : "over cases, sum over classes", false),
            ("calibration_error", "Calibration error", "over cases, called class, 15 equal bins", false),
            ("log_loss", "Log loss", "over cases", false),
        ];
        var (there, varies) = (scores.ClassesThere, scores.EveryClassVaries(patients));
        var estimates = Bootstrap.Intervals(patients, rows =>
        {
            var picked = scores.Pick(rows);
            var confusion = ConfusionMatrix.Of(picked);
            // A mean over classes is another quantity where a resample lacks one of them.
            var same = picked.ClassesThere == there;
            double OverClasses(double metric) => same ? metric : double.NaN;
            return
            [
                OverClasses(Ranking.RocAuc(picked)), OverClasses(Ranking.AveragePrecision(picked)), confusion.Accuracy, OverClasses(confusion.BalancedAccuracy), OverClasses(confusion.MacroF1),
                confusion.Kappa, confusion.QuadraticKappa, Calibration.Brier(picked), Calibration.ExpectedError(picked), Calibration.LogLoss(picked),
            ];
        }, seed, resamples);
        return [.. names.Select((n, i) => Make(n.Name, n.Title, n.Average, n.Higher, varies || !MeansOverClasses.Contains(n.Name) ? estimates[i] : estimates[i].Alone, resamples))];
    }

    // Means over classes, which a class of one patient leaves without an interval.
    static readonly string[] MeansOverClasses = ["auc", "average_precision", "balanced_accuracy", "f1"];

    static string Ranked(ClassScores scores, IReadOnlyList<string>? classes)
    {
        if (scores.Classes == 2)
            return classes is null ? "second class against first" : $"{classes[1]} against {classes[0]}";
        string[] absent = [.. Enumerable.Range(0, scores.Classes).Where(c => !scores.Labels.Contains(c)).Select(c => classes?[c] ?? $"class {c}")];
        return "macro, one-vs-rest" + (absent.Length > 0 ? $", without {string.Join(", ", absent)}" : "");
    }

    /// <summary>C-index and the log-rank χ² between the groups of high and low risk (<see cref="RiskScores.HighRisk"/>), with its p-value and the hazard ratio. Groups are of patients (<see cref="RiskScores.PerPatient"/>).</summary>
    /// <param name="scores">N cases.</param>
    /// <param name="patients">[N] patient of each case.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="resamples">Of the bootstrap; 0 leaves the intervals out.</param>
    /// <param name="border">Whose median risk parts the groups, where the scores bring groups.</param>
    public static IReadOnlyList<Metric> Of(RiskScores scores, IReadOnlyList<string> patients, int seed = 1, int resamples = Bootstrap.Resamples, string border = TrainingBorder)
    {
        Ranking.RequireSameLength(patients.Count, scores.Count);
        var groups = $"patients above against up to the median risk{(scores.High is null ? "" : " " + border)}";
        var index = Bootstrap.Intervals(patients, rows => [Concordance.Of(scores.Pick(rows)).Index], seed, resamples)[0];
        if (!scores.EventsVary(patients))
            index = index.Alone;
        var people = scores.PerPatient(patients);
        var estimates = Bootstrap.Intervals([.. patients.Distinct(StringComparer.Ordinal)], rows =>
        {
            var picked = people.Pick(rows);
            var (chi, _, ratio) = KaplanMeier.LogRank(picked.Times, picked.Events, picked.HighRisk());
            return [chi, ratio];
        }, seed, resamples);
        var (_, p, _) = KaplanMeier.LogRank(people.Times, people.Events, people.HighRisk());
        return
        [
            Make("c_index", "C-index", "over comparable pairs", true, index, resamples),
            Make("hazard_ratio", "Hazard ratio", groups + ", observed over expected events", true, estimates[1], resamples),
            Make("logrank_chi2", "Log-rank χ²", groups, true, estimates[0], resamples),
            new Metric("logrank_p", "Log-rank p", groups, Known(p), null, null, HigherIsBetter: false), // says itself how far chance reaches
        ];
    }

    /// <summary>Whether more or less of a metric is better, and its mean over folds or seeds is one: not of what a test says of two groups.</summary>
    internal static bool IsQuality(string name) => name is not ("hazard_ratio" or "logrank_chi2" or "logrank_p");

    /// <summary>Whose median risk parts the groups of a run, as a rule.</summary>
    internal const string TrainingBorder = "of each fold's training cases";

    static Metric Make(string name, string title, string average, bool higher, Estimate estimate, int resamples) =>
        new(name, title, average, Known(estimate.Value), resamples > 0 ? Known(estimate.Low) : null, resamples > 0 ? Known(estimate.High) : null, higher);

    static double? Known(double value) => double.IsFinite(value) ? value : null;
}
