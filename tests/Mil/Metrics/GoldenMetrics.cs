using System.Text.Json.Nodes;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Metrics;

namespace Mhim.Mil.Tests.Metrics;

/// <summary>Replays recorded metric values; knows the names of the fields, none of the numbers.</summary>
public sealed class GoldenMetrics
{
    const double Within = 1e-6;

    [GoldenFact]
    public void Every_recorded_metric_is_met_within_a_millionth()
    {
        var records = JsonNode.Parse(File.ReadAllText(Path.Combine(TestData.Golden!, "metrics.json")))!.AsArray();
        Assert.NotEmpty(records);
        foreach (var record in records.Select(node => node!.AsObject()))
            switch ((string)record["task"]!)
            {
                case "classification":
                    Classification(record);
                    break;
                case "survival":
                    Survival(record);
                    break;
                default:
                    Assert.Fail($"Unknown task {record["task"]}.");
                    break;
            }
    }

    static void Classification(JsonObject record)
    {
        var logits = Numbers(record["logits"]!);
        var scores = ClassScores.FromLogits([.. Numbers(record["labels"]!).Select(label => (int)label)], logits, (int)record["classes"]!);
        var confusion = ConfusionMatrix.Of(scores);
        CompareRanking(record, "auc_macro", scores, Ranking.RocAuc);
        CompareRanking(record, "average_precision", scores, Ranking.AveragePrecision);
        Compare(record, ["task", "classes", "labels", "logits", "auc_macro", "average_precision"], new()
        {
            ["accuracy"] = () => [confusion.Accuracy],
            ["balanced_accuracy"] = () => [confusion.BalancedAccuracy],
            ["f1_macro"] = () => [confusion.MacroF1],
            ["precision_macro"] = () => [confusion.MacroPrecision],
            ["recall_macro"] = () => [confusion.MacroRecall],
            ["kappa"] = () => [confusion.Kappa],
            ["kappa_quadratic"] = () => [confusion.QuadraticKappa],
            ["log_loss"] = () => [Calibration.LogLoss(scores)],
            ["brier"] = () => [Calibration.Brier(scores)],
            ["confusion"] = () => [.. confusion.Counts.Cast<int>().Select(count => (double)count)],
        });
    }

    static void Survival(JsonObject record)
    {
        var times = Numbers(record["time"]!);
        bool[] events = [.. Numbers(record["event"]!).Select(value => value == 1)];
        var scores = new RiskScores(times, events, Numbers(record["risk"]!));
        var concordance = Concordance.Of(scores);
        var bins = SurvivalBins.Fit(times, events, record["bin_edges"]!.AsArray().Count - 1);
        double[][] logits = [.. record["hazard_logits"]!.AsArray().Select(row => Numbers(row!))];
        double Likelihood(double alpha) =>
            logits.Select((row, i) => DiscreteHazards.NegativeLogLikelihood(row, bins.Bin(times[i]), events[i], alpha)).Average();
        Compare(record, ["task", "time", "event", "risk", "hazard_logits"], new()
        {
            ["c_index"] = () => [concordance.Index],
            ["concordant"] = () => [concordance.Concordant],
            ["discordant"] = () => [concordance.Discordant],
            ["tied"] = () => [concordance.Tied],
            ["kaplan_meier"] = () => [.. KaplanMeier.Estimate(times, events).SelectMany(step => new[] { step.Time, step.Survival })],
            ["logrank_chi2_by_median_risk"] = () => [KaplanMeier.LogRank(times, events, scores.AboveMedian()).ChiSquare],
            ["bin_edges"] = () => [.. bins.Edges],
            ["bins"] = () => [.. times.Select(time => (double)bins.Bin(time))],
            ["nll_alpha0"] = () => [Likelihood(0)],
            ["nll_alpha015"] = () => [Likelihood(0.15)],
            ["risk_from_logits"] = () => [.. logits.Select(row => DiscreteHazards.Risk(row))],
        });
    }

    /// <summary>
    /// Two cases whose logits differ by the same amount have the same probability, but in doubles the last bit depends on whose exp it is, and
    /// a ranking metric jumps with it. Where a record has such pairs, any way to order them is right; where it has none, this is the plain
    /// comparison.
    /// </summary>
    static void CompareRanking(JsonObject record, string name, ClassScores scores, Func<ClassScores, double> metric)
    {
        if (record[name] is not { } node)
            return;
        var recorded = (double)node;
        double worst = metric(BreakTies(scores, -1)), best = metric(BreakTies(scores, +1)), ours = metric(scores);
        Assert.InRange(ours, worst - 1e-12, best + 1e-12);
        Assert.InRange(recorded, worst - Within, best + Within);
    }

    const double SameProbability = 1e-13;

    /// <summary>Among equal probabilities, puts the cases of the class above (+1) or below (−1) the others.</summary>
    static ClassScores BreakTies(ClassScores scores, int direction)
    {
        var nudged = (double[])scores.Probabilities.Clone();
        for (var c = 0; c < scores.Classes; c++)
        {
            var (column, start) = (scores.Column(c), double.NaN);
            foreach (var i in Enumerable.Range(0, scores.Count).OrderBy(i => column[i]))
            {
                if (!(column[i] - start < SameProbability))
                    start = column[i];
                nudged[i * scores.Classes + c] = start + (scores.Labels[i] == c ? direction * SameProbability / 4 : 0);
            }
        }
        return new ClassScores(scores.Labels, nudged, scores.Classes);
    }

    /// <summary>Every field that is not an input must be known and met.</summary>
    static void Compare(JsonObject record, string[] inputs, Dictionary<string, Func<double[]>> ours)
    {
        foreach (var (name, node) in record.Where(field => !inputs.Contains(field.Key)))
        {
            Assert.True(ours.ContainsKey(name), $"metrics.json holds `{name}`, which nothing here computes.");
            var expected = Numbers(node!);
            var actual = ours[name]();
            Assert.Equal(expected.Length, actual.Length);
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= Within, $"{name}[{i}]: {actual[i]}, recorded {expected[i]}");
        }
    }

    static double[] Numbers(JsonNode node) =>
        node is JsonArray array ? [.. array.SelectMany(item => Numbers(item!))] : [node.GetValue<double>()];
}
