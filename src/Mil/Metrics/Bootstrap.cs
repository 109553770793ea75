namespace Mhim.Mil.Metrics;

/// <summary>A metric with its 95% interval.</summary>
/// <param name="Value">The metric over all cases; NaN when it cannot be told.</param>
/// <param name="Low">Lower end, 2.5th percentile of the resamples; NaN when it cannot be told.</param>
/// <param name="High">Upper end, 97.5th percentile.</param>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>The metric alone, where nothing says how far it could have come out otherwise.</summary>
    internal Estimate Alone => new(Value, double.NaN, double.NaN);
}

/// <summary>
/// How far a metric could have come out otherwise, had other patients been there: patients are drawn with replacement, all rows of a patient
/// together (Efron's percentile bootstrap, clustered).
/// </summary>
public static class Bootstrap
{
    /// <summary>Resamples that intervals are made of unless told otherwise.</summary>
    public const int Resamples = 1000;

    /// <summary>Patients without whom there is no interval: a handful drawn again and again says nothing of others.</summary>
    public const int FewestPatients = 5;

    /// <summary>95% intervals of several metrics from the same resamples.</summary>
    /// <param name="patients">[N] patient of each row.</param>
    /// <param name="metrics">Rows in (a row may come more than once), metric values out, always as many; NaN where a resample cannot be judged.</param>
    /// <param name="seed">Same seed, same intervals.</param>
    /// <param name="resamples">Number of resamples.</param>
    /// <returns>One estimate per metric; resamples that gave NaN are left out, and with fewer than half left, or fewer than <see cref="FewestPatients"/>, the ends are NaN.</returns>
    public static Estimate[] Intervals(
        IReadOnlyList<string> patients, Func<IReadOnlyList<int>, double[]> metrics, int seed = 1, int resamples = Resamples)
    {
        var values = metrics([.. Enumerable.Range(0, patients.Count)]);
        var tooFew = patients.Distinct(StringComparer.Ordinal).Count() < FewestPatients;
        var drawn = Array.ConvertAll(values, _ => new List<double>(resamples));
        foreach (var rows in Draw(patients, seed, resamples))
        {
            var here = metrics(rows);
            for (var m = 0; m < here.Length; m++)
                if (!double.IsNaN(here[m]))
                    drawn[m].Add(here[m]);
        }
        return [.. values.Select((value, m) =>
        {
            drawn[m].Sort();
            return tooFew || drawn[m].Count < Math.Max(1, (resamples + 1) / 2) || double.IsNaN(value)
                ? new Estimate(value, double.NaN, double.NaN)
                : new Estimate(value, Quantile(drawn[m], 0.025), Quantile(drawn[m], 0.975));
        })];
    }

    /// <summary>
    /// Paired bootstrap test that two models are equally good: both are judged on the same resampled patients. p is twice the share of resamples
    /// on the other side of zero, with one added to count and total so that it is never 0.
    /// </summary>
    /// <param name="patients">[N] patient of each row.</param>
    /// <param name="difference">Rows in, metric of A minus metric of B out.</param>
    /// <param name="seed">Same seed, same answer.</param>
    /// <param name="resamples">Number of resamples.</param>
    /// <returns>The difference with its 95% interval, and p in 0 … 1; NaN where there is no interval either.</returns>
    public static (Estimate Difference, double P) PairedTest(
        IReadOnlyList<string> patients, Func<IReadOnlyList<int>, double> difference, int seed = 1, int resamples = Resamples)
    {
        int above = 0, below = 0, judged = 0;
        var first = true;
        var estimate = Intervals(patients, rows =>
        {
            var value = difference(rows);
            if (!first && !double.IsNaN(value))
            {
                judged++;
                above += value >= 0 ? 1 : 0;
                below += value <= 0 ? 1 : 0;
            }
            first = false;
            return [value];
        }, seed, resamples)[0];
        return (estimate, double.IsNaN(estimate.Low) ? double.NaN : Math.Min(1, 2.0 * (Math.Min(above, below) + 1) / (judged + 1)));
    }

    static IEnumerable<IReadOnlyList<int>> Draw(IReadOnlyList<string> patients, int seed, int resamples)
    {
        var rowsOf = Enumerable.Range(0, patients.Count).GroupBy(row => patients[row], StringComparer.Ordinal)
            .Select(group => group.ToArray()).ToArray();
        var random = new Random(seed);
        var rows = new List<int>(patients.Count);
        for (var resample = 0; resample < resamples; resample++)
        {
            rows.Clear();
            for (var draw = 0; draw < rowsOf.Length; draw++)
                rows.AddRange(rowsOf[random.Next(rowsOf.Length)]);
            yield return rows;
        }
    }

    static double Quantile(List<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
    }
}
