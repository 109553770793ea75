namespace Mhim.Mil.Metrics;

/// <summary>One bin of a calibration curve.</summary>
/// <param name="Predicted">Mean predicted probability in the bin, 0 … 1.</param>
/// <param name="Observed">Share of the bin's cases that were so, 0 … 1.</param>
/// <param name="Count">Cases in the bin; bins without cases are left out.</param>
public sealed record CalibrationPoint(double Predicted, double Observed, int Count);

/// <summary>Whether a probability of 0.8 means eight in ten.</summary>
public static class Calibration
{
    /// <summary>Ends of the temperatures that are tried.</summary>
    internal const double LeastTemperature = 0.25, MostTemperature = 10;

    /// <summary>
    /// Brier score (Brier 1950). Two classes: mean of (p₁ − y)², 0 … 1. More: mean over cases of the sum over classes of (p − y)², 0 … 2.
    /// Lower is better. NaN without cases.
    /// </summary>
    public static double Brier(ClassScores scores)
    {
        double sum = 0;
        for (var i = 0; i < scores.Count; i++)
            for (var c = scores.Classes == 2 ? 1 : 0; c < scores.Classes; c++)
            {
                var miss = scores.Row(i)[c] - (scores.Labels[i] == c ? 1 : 0);
                sum += miss * miss;
            }
        return sum / scores.Count;
    }

    /// <summary>Mean over cases of −ln p(true class), probabilities clipped at 2.2e-16. Lower is better. NaN without cases.</summary>
    public static double LogLoss(ClassScores scores)
    {
        double sum = 0;
        for (var i = 0; i < scores.Count; i++)
            sum -= Math.Log(Math.Clamp(scores.Row(i)[scores.Labels[i]], 2.220446049250313e-16, 1));
        return sum / scores.Count;
    }

    /// <summary>
    /// Expected calibration error of the class that was called (Guo et al. 2017): over equal-width bins of its probability, the mean, weighted by
    /// cases, of |share right − mean probability|. 0 … 1, lower is better; NaN without cases.
    /// </summary>
    /// <param name="scores">What was said and true.</param>
    /// <param name="bins">Bins over 0 … 1, as a rule 15; a probability on an edge belongs to the bin below it.</param>
    public static double ExpectedError(ClassScores scores, int bins = 15)
    {
        var said = new double[scores.Count];
        var right = new bool[scores.Count];
        for (var i = 0; i < scores.Count; i++)
        {
            var predicted = scores.Predicted(i);
            said[i] = scores.Row(i)[predicted];
            right[i] = predicted == scores.Labels[i];
        }
        return scores.Count == 0 ? double.NaN
            : Curve(said, right, bins).Sum(point => point.Count * Math.Abs(point.Observed - point.Predicted)) / scores.Count;
    }

    /// <summary>Points of the calibration curve of one class: equal-width bins of its probability.</summary>
    /// <param name="probabilities">[N] 0 … 1.</param>
    /// <param name="positive">[N] the truth.</param>
    /// <param name="bins">Bins over 0 … 1.</param>
    public static IReadOnlyList<CalibrationPoint> Curve(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> positive, int bins = 10)
    {
        Ranking.RequireSameLength(probabilities.Length, positive.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var sum = new double[bins];
        var hits = new int[bins];
        var count = new int[bins];
        for (var i = 0; i < probabilities.Length; i++)
        {
            var bin = Math.Clamp((int)Math.Ceiling(probabilities[i] * bins) - 1, 0, bins - 1);
            sum[bin] += probabilities[i];
            count[bin]++;
            if (positive[i])
                hits[bin]++;
        }
        return
        [
            .. Enumerable.Range(0, bins).Where(bin => count[bin] > 0)
                .Select(bin => new CalibrationPoint(sum[bin] / count[bin], (double)hits[bin] / count[bin], count[bin]))
        ];
    }

    /// <summary>
    /// Temperature scaling (Guo et al. 2017): the T that, dividing the logits, makes the log loss on validation cases least. The order of the
    /// cases and the called class stay as they are.
    /// </summary>
    /// <param name="labels">[N] true class indexes of validation cases; never of test cases.</param>
    /// <param name="logits">[N·C] row-major.</param>
    /// <param name="classes">C, at least 2.</param>
    /// <returns>T in 0.25 … 10: above 1 the model was too sure. The bound below keeps a few easy cases from making every answer certain.</returns>
    /// <exception cref="ArgumentException">No cases, or lengths disagree.</exception>
    public static double FitTemperature(int[] labels, ReadOnlySpan<double> logits, int classes)
    {
        if (labels.Length == 0)
            throw new ArgumentException("A temperature needs validation cases.", nameof(labels));
        if (logits.Length != labels.Length * (long)classes)
            throw new ArgumentException($"{labels.Length} cases of {classes} classes have as many logits, not {logits.Length}.", nameof(logits));
        var copy = logits.ToArray();
        double Loss(double inverse) => Enumerable.Range(0, labels.Length).Sum(i => LossOfCase(copy.AsSpan(i * classes, classes), labels[i], inverse));
        // The loss is convex in 1/T: golden-section search.
        double low = 1 / MostTemperature, high = 1 / LeastTemperature;
        var ratio = (Math.Sqrt(5) - 1) / 2;
        double a = high - ratio * (high - low), b = low + ratio * (high - low), lossA = Loss(a), lossB = Loss(b);
        while (high - low > 1e-7)
            if (lossA < lossB)
            {
                (high, b, lossB) = (b, a, lossA);
                lossA = Loss(a = high - ratio * (high - low));
            }
            else
            {
                (low, a, lossA) = (a, b, lossB);
                lossB = Loss(b = low + ratio * (high - low));
            }
        return 2 / (low + high);
    }

    /// <summary>−ln p(true class) from logits. Not by way of probabilities, as <see cref="LogLoss"/>: clipped, a case that is wrong by far would have no slope, and the search would not see it.</summary>
    static double LossOfCase(ReadOnlySpan<double> logits, int label, double inverse)
    {
        double most = double.NegativeInfinity, sum = 0;
        for (var c = 0; c < logits.Length; c++)
            if (c != label)
                most = Math.Max(most, (logits[c] - logits[label]) * inverse);
        for (var c = 0; c < logits.Length; c++)
            if (c != label)
                sum += Math.Exp((logits[c] - logits[label]) * inverse - Math.Max(0, most));
        return most > 0 ? most + Math.Log(sum + Math.Exp(-most)) : double.LogP1(sum);
    }
}
