namespace Mhim.Mil.Metrics;

/// <summary>Two ROC AUCs on the same cases, and whether they differ.</summary>
/// <param name="AucA">AUC of the first model.</param>
/// <param name="AucB">AUC of the second model.</param>
/// <param name="StandardError">Of the difference; 0 when the two rank alike.</param>
/// <param name="P">Two-sided p-value; 1 when the two rank alike, NaN with fewer than two positives or negatives, or where they differ and no case varies.</param>
public sealed record DeLong(double AucA, double AucB, double StandardError, double P)
{
    /// <summary>
    /// DeLong's test for two correlated AUCs (DeLong et al. 1988), computed from mid-ranks (Sun and Xu 2014). Cases count as independent: with
    /// several rows per patient use <see cref="Bootstrap.PairedTest"/>.
    /// </summary>
    /// <param name="scoresA">[N] of the first model, higher means more likely positive.</param>
    /// <param name="scoresB">[N] of the second model for the same cases.</param>
    /// <param name="positive">[N] the truth.</param>
    public static DeLong Test(ReadOnlySpan<double> scoresA, ReadOnlySpan<double> scoresB, ReadOnlySpan<bool> positive)
    {
        Ranking.RequireSameLength(scoresA.Length, scoresB.Length);
        var (aucA, onPositivesA, onNegativesA) = Placements(scoresA, positive);
        var (aucB, onPositivesB, onNegativesB) = Placements(scoresB, positive);
        // One case says nothing of how cases vary.
        if (double.IsNaN(aucA) || double.IsNaN(aucB) || Math.Min(onPositivesA.Length, onNegativesA.Length) < 2)
            return new DeLong(aucA, aucB, double.NaN, double.NaN);
        var variance = VarianceOfDifference(onPositivesA, onPositivesB) / onPositivesA.Length
            + VarianceOfDifference(onNegativesA, onNegativesB) / onNegativesA.Length;
        var error = Math.Sqrt(Math.Max(0, variance));
        // Without variance two that rank alike do not differ; of others a handful of cases that all say the same proves nothing.
        var p = error > 1e-12 ? Tails.TwoSidedNormal((aucA - aucB) / error) : Math.Abs(aucA - aucB) < 1e-12 ? 1 : double.NaN;
        return new DeLong(aucA, aucB, error, p);
    }

    /// <summary>For each positive the share of negatives below it, for each negative the share of positives above it; equals count half.</summary>
    static (double Auc, double[] OnPositives, double[] OnNegatives) Placements(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        Ranking.RequireSameLength(scores.Length, positive.Length);
        var order = Ranking.Sorted(scores, descending: false);
        double positives = positive.Count(true), negatives = order.Length - positives;
        var (onPositives, onNegatives) = (new List<double>(), new List<double>());
        double positivesBelow = 0, negativesBelow = 0;
        for (var from = 0; from < order.Length;)
        {
            var to = from;
            double positivesHere = 0;
            for (; to < order.Length && scores[order[to]] == scores[order[from]]; to++)
                positivesHere += positive[order[to]] ? 1 : 0;
            var negativesHere = to - from - positivesHere;
            onPositives.AddRange(Enumerable.Repeat((negativesBelow + negativesHere / 2) / negatives, (int)positivesHere));
            onNegatives.AddRange(Enumerable.Repeat(1 - (positivesBelow + positivesHere / 2) / positives, (int)negativesHere));
            positivesBelow += positivesHere;
            negativesBelow += negativesHere;
            from = to;
        }
        // Back to the order of the cases, so that the placements of two models pair up.
        var isPositive = positive.ToArray();
        var placedPositives = Reorder(onPositives, [.. order.Where(i => isPositive[i])]);
        var placedNegatives = Reorder(onNegatives, [.. order.Where(i => !isPositive[i])]);
        return (positives == 0 || negatives == 0 ? double.NaN : placedPositives.Average(), placedPositives, placedNegatives);
    }

    static double[] Reorder(List<double> sorted, int[] cases)
    {
        var values = sorted.ToArray();
        Array.Sort(cases, values);
        return values;
    }

    static double VarianceOfDifference(double[] a, double[] b)
    {
        var differences = a.Zip(b, (x, y) => x - y).ToArray();
        var mean = differences.Average();
        return differences.Sum(d => (d - mean) * (d - mean)) / (a.Length - 1);
    }
}
