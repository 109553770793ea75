namespace Mhim.Mil.Metrics;

/// <summary>One point of a ROC or precision-recall curve.</summary>
/// <param name="X">False positive rate, or recall.</param>
/// <param name="Y">True positive rate, or precision.</param>
/// <param name="Threshold">Scores from this one up are called positive.</param>
public readonly record struct CurvePoint(double X, double Y, double Threshold);

/// <summary>The trade-offs that a threshold offers, one point per distinct score.</summary>
public static class Curves
{
    /// <summary>ROC curve from (0,0) to (1,1): false positive rate against true positive rate. Empty when a group is empty.</summary>
    /// <param name="scores">[N] higher means more likely positive.</param>
    /// <param name="positive">[N] the truth.</param>
    public static IReadOnlyList<CurvePoint> Roc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        var steps = Steps(scores, positive);
        if (steps.Count == 0 || steps[^1].Hits == 0 || steps[^1].Misses == 0)
            return [];
        double positives = steps[^1].Hits, negatives = steps[^1].Misses;
        return
        [
            new CurvePoint(0, 0, double.PositiveInfinity),
            .. steps.Select(step => new CurvePoint(step.Misses / negatives, step.Hits / positives, step.Threshold))
        ];
    }

    /// <summary>Precision-recall curve: recall against precision, from (0,1). Empty without positives.</summary>
    /// <param name="scores">[N] higher means more likely positive.</param>
    /// <param name="positive">[N] the truth.</param>
    public static IReadOnlyList<CurvePoint> PrecisionRecall(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        var steps = Steps(scores, positive);
        if (steps.Count == 0 || steps[^1].Hits == 0)
            return [];
        double positives = steps[^1].Hits;
        return
        [
            new CurvePoint(0, 1, double.PositiveInfinity),
            .. steps.Select(step => new CurvePoint(step.Hits / positives, step.Hits / (double)(step.Hits + step.Misses), step.Threshold))
        ];
    }

    static List<(double Threshold, int Hits, int Misses)> Steps(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        Ranking.RequireSameLength(scores.Length, positive.Length);
        var steps = new List<(double, int, int)>();
        var order = Ranking.Sorted(scores, descending: true);
        int hits = 0, misses = 0;
        for (var at = 0; at < order.Length;)
        {
            var threshold = scores[order[at]];
            for (; at < order.Length && scores[order[at]] == threshold; at++)
                if (positive[order[at]])
                    hits++;
                else
                    misses++;
            steps.Add((threshold, hits, misses));
        }
        return steps;
    }
}
