using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Time bins of a discrete survival model, from training patients only.</summary>
/// <param name="Edges">[bins + 1] rising; bin b is [Edges[b], Edges[b + 1]).</param>
public sealed record SurvivalBins(IReadOnlyList<double> Edges)
{
    /// <summary>Number of bins.</summary>
    public int Count => Edges.Count - 1;

    /// <summary>
    /// Inner edges are the quantiles (linear interpolation) of the times of the patients with an event, so that each bin holds as many events;
    /// the outer edges are the least and greatest time of all the given patients, widened by 1e-6. Where so many share a time (whole years) that a bin would hold no event, it is joined
    /// to the next: there are fewer then.
    /// </summary>
    /// <param name="times">[N] times of training patients, one each.</param>
    /// <param name="events">[N] true: observed.</param>
    /// <param name="bins">Number of bins, 4 as a rule.</param>
    /// <exception cref="InputException"><c>survival-few-events</c> when there are fewer events than bins, <c>survival-one-time</c> when all events fall on one time.</exception>
    public static SurvivalBins Fit(IReadOnlyList<double> times, IReadOnlyList<bool> events, int bins = 4)
    {
        var observed = times.Where((_, i) => events[i]).Order().ToArray();
        if (observed.Length < bins)
            throw new InputException("survival-few-events",
                $"{observed.Length} training patients with an event cannot fill {bins} time bins; take more patients, a smaller validation share or more folds.");
        List<double> edges = [times.Min() - 1e-6];
        foreach (var inner in Enumerable.Range(1, bins - 1).Select(edge => Quantile(observed, edge / (double)bins)))
            if (observed.Any(time => time >= edges[^1] && time < inner))
                edges.Add(inner);
        edges.Add(times.Max() + 1e-6);
        return edges.Count > 2 ? new SurvivalBins(edges) : throw new InputException("survival-one-time",
            $"All {observed.Length} training patients with an event have it at about the same time ({observed[^1]:0.###}), which makes no two time bins. Give times in a finer unit, or take more patients.");
    }

    /// <summary>Fits to the patients of some rows, each patient once.</summary>
    public static SurvivalBins Fit(IEnumerable<CohortRow> trainingRows, int bins = 4)
    {
        var patients = trainingRows.DistinctBy(row => row.PatientId).ToArray();
        return Fit([.. patients.Select(row => row.Time)], [.. patients.Select(row => row.Event)], bins);
    }

    /// <summary>The bin of a time, left-closed; times outside the edges (of patients not seen in training) go to the outermost bins.</summary>
    public int Bin(double time)
    {
        var bin = 0;
        while (bin < Count - 1 && time >= Edges[bin + 1])
            bin++;
        return bin;
    }

    static double Quantile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
    }
}
