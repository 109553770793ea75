namespace Mhim.Mil.Metrics;

/// <summary>Survival after one event time.</summary>
/// <param name="Time">The event time.</param>
/// <param name="Survival">Share still without event just after it, 0 … 1.</param>
/// <param name="Low">Lower end of the 95% interval (Greenwood's variance, log-log scale).</param>
/// <param name="High">Upper end.</param>
/// <param name="AtRisk">Cases under observation just before it.</param>
/// <param name="Events">Events at it.</param>
public sealed record SurvivalStep(double Time, double Survival, double Low, double High, int AtRisk, int Events);

/// <summary>Kaplan-Meier estimate and log-rank test.</summary>
public static class KaplanMeier
{
    /// <summary>The product-limit estimate (Kaplan and Meier 1958): one step per distinct event time; before the first it is 1.</summary>
    /// <param name="times">[N] times, 0 or more.</param>
    /// <param name="events">[N] true: observed. At equal times, censored cases still count as at risk.</param>
    public static IReadOnlyList<SurvivalStep> Estimate(ReadOnlySpan<double> times, ReadOnlySpan<bool> events)
    {
        Ranking.RequireSameLength(times.Length, events.Length);
        var order = Ranking.Sorted(times, descending: false);
        var steps = new List<SurvivalStep>();
        double survival = 1, greenwood = 0;
        for (var at = 0; at < order.Length;)
        {
            var time = times[order[at]];
            int atRisk = order.Length - at, dead = 0;
            for (; at < order.Length && times[order[at]] == time; at++)
                if (events[order[at]])
                    dead++;
            if (dead == 0)
                continue;
            survival *= 1 - (double)dead / atRisk;
            greenwood += dead == atRisk ? 0 : (double)dead / ((double)atRisk * (atRisk - dead));
            var (low, high) = Band(survival, greenwood);
            steps.Add(new SurvivalStep(time, survival, low, high, atRisk, dead));
        }
        return steps;
    }

    /// <summary>The time at which half have had their event; null when the curve stays above one half.</summary>
    public static double? Median(IReadOnlyList<SurvivalStep> steps) =>
        // A product of shares that is one half comes out a little above it.
        steps.FirstOrDefault(step => step.Survival <= 0.5 + 1e-9)?.Time;

    /// <summary>
    /// Log-rank test of two groups (Mantel 1966), hypergeometric variance, without continuity correction.
    /// </summary>
    /// <param name="times">[N] times.</param>
    /// <param name="events">[N] true: observed.</param>
    /// <param name="group">[N] true: in the first group.</param>
    /// <returns>χ² with one degree of freedom, its p-value, and the hazard ratio of the first group over the other (observed over expected events of each; Peto et al. 1977), above 1 when
    /// the first fares worse; NaN when a group is empty or nothing varies.</returns>
    public static (double ChiSquare, double P, double HazardRatio) LogRank(ReadOnlySpan<double> times, ReadOnlySpan<bool> events, ReadOnlySpan<bool> group)
    {
        Ranking.RequireSameLength(times.Length, events.Length);
        Ranking.RequireSameLength(times.Length, group.Length);
        var order = Ranking.Sorted(times, descending: false);
        double inGroup = group.Count(true), difference = 0, variance = 0, expected = 0, seen = 0, all = 0;
        for (var at = 0; at < order.Length;)
        {
            var time = times[order[at]];
            double atRisk = order.Length - at, groupAtRisk = inGroup, dead = 0, groupDead = 0;
            for (; at < order.Length && times[order[at]] == time; at++)
            {
                var i = order[at];
                if (group[i])
                    inGroup--;
                if (!events[i])
                    continue;
                dead++;
                if (group[i])
                    groupDead++;
            }
            var share = groupAtRisk / atRisk;
            difference += groupDead - dead * share;
            (expected, seen, all) = (expected + dead * share, seen + groupDead, all + dead);
            if (atRisk > 1)
                variance += dead * share * (1 - share) * (atRisk - dead) / (atRisk - 1);
        }
        // Where all who are left have their event at one time nothing varies, and the difference is rounding.
        var chi = variance < 1e-12 ? double.NaN : difference * difference / variance;
        return (chi, Tails.ChiSquare(chi, 1), seen / expected / ((all - seen) / (all - expected)));
    }

    static (double Low, double High) Band(double survival, double greenwood)
    {
        if (survival is <= 0 or >= 1)
            return (survival, survival);
        var half = 1.959963984540054 * Math.Sqrt(greenwood) / Math.Abs(Math.Log(survival));
        return (Math.Pow(survival, Math.Exp(half)), Math.Pow(survival, Math.Exp(-half)));
    }
}
