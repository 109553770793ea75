namespace Mhim.Mil.Metrics;

/// <summary>What a survival model said of N cases and what happened: the input of every survival metric. Immutable by convention.</summary>
public sealed class RiskScores
{
    /// <summary>Takes times, events and risks; refuses lengths that disagree.</summary>
    /// <param name="times">[N] time to event or to the end of observation, 0 or more.</param>
    /// <param name="events">[N] true: observed; false: censored.</param>
    /// <param name="risks">[N] higher is worse.</param>
    /// <param name="high">[N] whether the risk lies above a threshold that other cases gave; null: there is none but the median of these.</param>
    /// <exception cref="ArgumentException">Lengths disagree or a number is not one.</exception>
    public RiskScores(double[] times, bool[] events, double[] risks, bool[]? high = null)
    {
        if (times.Length != events.Length || times.Length != risks.Length || high is not null && high.Length != times.Length)
            throw new ArgumentException($"{times.Length} times, {events.Length} events, {risks.Length} risks.");
        if (Array.Exists(times, time => !(time >= 0)) || Array.Exists(risks, double.IsNaN))
            throw new ArgumentException("A time is negative or a number is missing.");
        Times = times;
        Events = events;
        Risks = risks;
        High = high;
    }

    /// <summary>[N] times.</summary>
    public double[] Times { get; }

    /// <summary>[N] true: observed.</summary>
    public bool[] Events { get; }

    /// <summary>[N] higher is worse.</summary>
    public double[] Risks { get; }

    /// <summary>[N] whether the risk lies above a threshold that other cases gave; null where there is none.</summary>
    public bool[]? High { get; }

    /// <summary>N.</summary>
    public int Count => Times.Length;

    /// <summary>Whether two patients at least had their event: one says nothing of how events vary.</summary>
    internal bool EventsVary(IReadOnlyList<string> patients) => patients.Where((_, row) => Events[row]).Distinct(StringComparer.Ordinal).Count() > 1;

    /// <summary>The cases at these rows, in this order; a row may come more than once (bootstrap).</summary>
    public RiskScores Pick(IReadOnlyList<int> rows) =>
        new([.. rows.Select(row => Times[row])], [.. rows.Select(row => Events[row])], [.. rows.Select(row => Risks[row])],
            High is null ? null : [.. rows.Select(row => High[row])]);

    /// <summary>
    /// One row a patient, in the order of their first rows: log-rank and Kaplan-Meier take every row for another person. The risk is the mean of the patient's rows, the group that of most of
    /// them (of the first, where as many lie on either side).
    /// </summary>
    /// <param name="patients">[N] patient of each row.</param>
    public RiskScores PerPatient(IReadOnlyList<string> patients)
    {
        Ranking.RequireSameLength(patients.Count, Count);
        int[][] rows = [.. Enumerable.Range(0, Count).GroupBy(row => patients[row], StringComparer.Ordinal).Select(group => group.ToArray())];
        return rows.Length == Count ? this : new(
            [.. rows.Select(of => Times[of[0]])], [.. rows.Select(of => Events[of[0]])], [.. rows.Select(of => of.Average(row => Risks[row]))],
            High is null ? null : [.. rows.Select(of => 2 * of.Count(row => High[row]) is var high && (high == of.Length ? High[of[0]] : high > of.Length))]);
    }

    /// <summary>[N] the high-risk group of a two-group plot: above the threshold that is known from other cases, else above the median of these.</summary>
    public bool[] HighRisk() => High ?? AboveMedian();

    /// <summary>[N] whether the risk lies above the median risk of these cases: the high-risk group of a two-group plot.</summary>
    public bool[] AboveMedian()
    {
        var sorted = Risks.Order().ToArray();
        var median = sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return Array.ConvertAll(Risks, risk => risk > median);
    }
}
