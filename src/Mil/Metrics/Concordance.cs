namespace Mhim.Mil.Metrics;

/// <summary>How the pairs of cases that can be compared are ordered.</summary>
/// <param name="Concordant">The case with the earlier event has the higher risk.</param>
/// <param name="Discordant">It has the lower risk.</param>
/// <param name="Tied">Risks within 1e-8 of each other.</param>
public sealed record Concordance(long Concordant, long Discordant, long Tied)
{
    /// <summary>C-index, 0 … 1 (0.5 is chance), ties half right; NaN when no pair can be compared.</summary>
    public double Index => (Concordant + 0.5 * Tied) / (Concordant + Discordant + Tied);

    /// <summary>
    /// Counts the pairs (Harrell et al. 1982): a pair counts when the earlier time has an event; equal times count when one is an event and
    /// the other censored. O(N log N).
    /// </summary>
    public static Concordance Of(RiskScores scores)
    {
        const double tolerance = 1e-8;
        var byRisk = scores.Risks.Order().ToArray();
        var rank = scores.Risks.Select(risk => LowerBound(byRisk, risk)).ToArray();
        var later = new int[byRisk.Length + 1]; // Fenwick tree: how many of the later cases have each rank
        long concordant = 0, discordant = 0, tied = 0, inserted = 0;

        void Insert(int i)
        {
            inserted++;
            for (var at = rank[i] + 1; at < later.Length; at += at & -at)
                later[at]++;
        }

        long Below(int rankBound)
        {
            long sum = 0;
            for (var at = rankBound; at > 0; at -= at & -at)
                sum += later[at];
            return sum;
        }

        foreach (var moment in Enumerable.Range(0, scores.Count).GroupBy(i => scores.Times[i]).OrderByDescending(group => group.Key))
        {
            foreach (var i in moment.Where(i => !scores.Events[i]))
                Insert(i);
            foreach (var i in moment.Where(i => scores.Events[i]))
            {
                var risk = scores.Risks[i];
                // Beyond the tolerance below, and beyond it above; the same subtraction as in a comparison pair by pair.
                var lower = Below(FirstWhere(byRisk, other => !(risk - other > tolerance)));
                var notHigher = Below(FirstWhere(byRisk, other => other - risk > tolerance));
                concordant += lower;
                tied += notHigher - lower;
                discordant += inserted - notHigher;
            }
            foreach (var i in moment.Where(i => scores.Events[i]))
                Insert(i);
        }
        return new Concordance(concordant, discordant, tied);
    }

    static int LowerBound(double[] sorted, double value) => FirstWhere(sorted, other => other >= value);

    static int FirstWhere(double[] sorted, Func<double, bool> holds)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (holds(sorted[middle]))
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
