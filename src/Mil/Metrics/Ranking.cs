namespace Mhim.Mil.Metrics;

/// <summary>How well scores put the positives before the negatives, whatever the threshold.</summary>
public static class Ranking
{
    /// <summary>
    /// Area under the ROC curve: the share of (positive, negative) pairs that are in the right order, equal scores counting half
    /// (Mann-Whitney U; Hanley and McNeil 1982).
    /// </summary>
    /// <param name="scores">[N] higher means more likely positive.</param>
    /// <param name="positive">[N] the truth.</param>
    /// <returns>0 … 1; NaN when one of the two groups is empty.</returns>
    public static double RocAuc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        RequireSameLength(scores.Length, positive.Length);
        var order = Sorted(scores, descending: false);
        double rankSum = 0, positives = 0;
        for (var from = 0; from < order.Length;)
        {
            var to = from;
            var here = 0;
            for (; to < order.Length && scores[order[to]] == scores[order[from]]; to++)
                if (positive[order[to]])
                    here++;
            rankSum += here * (from + 1 + to) / 2.0; // the mean rank of a group of equals
            positives += here;
            from = to;
        }
        var negatives = order.Length - positives;
        return positives == 0 || negatives == 0 ? double.NaN
            : (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }

    /// <summary>
    /// ROC AUC of a classifier. Two classes: that of the second class's <see cref="ClassScores.Ranks"/>. More: the unweighted mean over classes of each against
    /// the rest (macro, one-vs-rest); a class that no case or every case has is left out.
    /// </summary>
    /// <returns>0 … 1; NaN when no class can be judged.</returns>
    public static double RocAuc(ClassScores scores) => MacroOneVsRest(scores, RocAuc);

    /// <summary>
    /// Average precision: Σ (Rₙ − Rₙ₋₁)·Pₙ over the distinct thresholds, without interpolation (scikit-learn's definition).
    /// </summary>
    /// <param name="scores">[N] higher means more likely positive.</param>
    /// <param name="positive">[N] the truth.</param>
    /// <returns>0 … 1; NaN without positives, and without negatives, where every order is right.</returns>
    public static double AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        RequireSameLength(scores.Length, positive.Length);
        var order = Sorted(scores, descending: true);
        var total = positive.Count(true);
        if (total == 0 || total == order.Length)
            return double.NaN;
        double sum = 0;
        int hits = 0, seen = 0;
        while (seen < order.Length)
        {
            var before = hits;
            var score = scores[order[seen]];
            for (; seen < order.Length && scores[order[seen]] == score; seen++)
                if (positive[order[seen]])
                    hits++;
            sum += (double)(hits - before) / total * hits / seen;
        }
        return sum;
    }

    /// <summary>Average precision of a classifier: of the second class when there are two, else the macro one-vs-rest mean.</summary>
    /// <returns>0 … 1; NaN when no class can be judged.</returns>
    public static double AveragePrecision(ClassScores scores) => MacroOneVsRest(scores, AveragePrecision);

    /// <summary>Row numbers in the order of their scores; the order among equals is of no consequence to those who call this.</summary>
    internal static int[] Sorted(ReadOnlySpan<double> scores, bool descending)
    {
        var keys = scores.ToArray();
        if (Array.Exists(keys, double.IsNaN))
            throw new ArgumentException("A score is not a number.", nameof(scores));
        var order = new int[keys.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(keys, order);
        if (descending)
            Array.Reverse(order);
        return order;
    }

    internal static void RequireSameLength(int a, int b)
    {
        if (a != b)
            throw new ArgumentException($"{a} scores for {b} cases.");
    }

    delegate double OfBinary(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive);

    static double MacroOneVsRest(ClassScores scores, OfBinary metric)
    {
        if (scores.Classes == 2)
            return metric(scores.Ranks(1), scores.Is(1));
        var judged = Enumerable.Range(0, scores.Classes)
            .Select(c => metric(scores.Column(c), scores.Is(c)))
            .Where(value => !double.IsNaN(value)).ToArray();
        return judged.Length == 0 ? double.NaN : judged.Average();
    }
}
