namespace Mhim.Mil.Metrics;

/// <summary>How often each true class was called each class, and the metrics that need no more than that.</summary>
public sealed class ConfusionMatrix
{
    readonly double[] _truth;
    readonly double[] _called;

    /// <summary>Takes counts.</summary>
    /// <param name="counts">[C, C]: rows are the truth, columns what was called.</param>
    public ConfusionMatrix(int[,] counts)
    {
        Counts = counts;
        Classes = counts.GetLength(0);
        if (counts.GetLength(1) != Classes)
            throw new ArgumentException("A confusion matrix is square.", nameof(counts));
        _truth = new double[Classes];
        _called = new double[Classes];
        for (var t = 0; t < Classes; t++)
            for (var p = 0; p < Classes; p++)
            {
                _truth[t] += counts[t, p];
                _called[p] += counts[t, p];
                Total += counts[t, p];
            }
    }

    /// <summary>[C, C]: rows are the truth, columns what was called.</summary>
    public int[,] Counts { get; }

    /// <summary>C.</summary>
    public int Classes { get; }

    /// <summary>Cases in all.</summary>
    public int Total { get; }

    /// <summary>Counts the class of highest probability of each case against its label.</summary>
    public static ConfusionMatrix Of(ClassScores scores)
    {
        var counts = new int[scores.Classes, scores.Classes];
        for (var i = 0; i < scores.Count; i++)
            counts[scores.Labels[i], scores.Predicted(i)]++;
        return new ConfusionMatrix(counts);
    }

    /// <summary>Right calls over all cases (micro average; the plain accuracy). NaN without cases.</summary>
    public double Accuracy => Enumerable.Range(0, Classes).Sum(c => Counts[c, c]) / (double)Total;

    /// <summary>Mean recall over the classes that have cases (macro average).</summary>
    public double BalancedAccuracy => Mean(Enumerable.Range(0, Classes).Where(c => _truth[c] > 0).Select(c => Counts[c, c] / _truth[c]));

    /// <summary>Mean recall over all classes, 0 for a class without cases (macro average).</summary>
    public double MacroRecall => Mean(Enumerable.Range(0, Classes).Select(c => _truth[c] == 0 ? 0 : Counts[c, c] / _truth[c]));

    /// <summary>Mean precision over all classes, 0 for a class that was never called (macro average).</summary>
    public double MacroPrecision => Mean(Enumerable.Range(0, Classes).Select(c => _called[c] == 0 ? 0 : Counts[c, c] / _called[c]));

    /// <summary>Mean over the classes of the harmonic mean of precision and recall (macro average); classes neither true nor called are left out.</summary>
    public double MacroF1 => Mean(Enumerable.Range(0, Classes).Where(c => _truth[c] + _called[c] > 0)
        .Select(c => 2 * Counts[c, c] / (_truth[c] + _called[c])));

    /// <summary>Cohen's kappa: agreement beyond chance, every mistake weighing the same (Cohen 1960). NaN when chance alone agrees fully.</summary>
    public double Kappa => WeightedKappa((t, p) => t == p ? 0 : 1);

    /// <summary>Cohen's kappa with mistakes weighing the square of their distance (Cohen 1968): for ordered classes such as grades.</summary>
    public double QuadraticKappa => WeightedKappa((t, p) => (t - p) * (t - p));

    double WeightedKappa(Func<int, int, double> weight)
    {
        double seen = 0, chance = 0;
        for (var t = 0; t < Classes; t++)
            for (var p = 0; p < Classes; p++)
            {
                seen += weight(t, p) * Counts[t, p];
                chance += weight(t, p) * _truth[t] * _called[p] / Total;
            }
        return 1 - seen / chance;
    }

    static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();
}
