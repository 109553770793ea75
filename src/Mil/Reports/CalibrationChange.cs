using System.Globalization;
using Mhim.Mil.Metrics;
using Mhim.Mil.Training;

namespace Mhim.Mil.Reports;

/// <summary>What temperature scaling did to one model, over the held-out cases of all folds; lower is better for all three.</summary>
/// <param name="Model">As <c>MHIM on AB-MIL</c>.</param>
/// <param name="Temperatures">Of each fold, from its validation rows; above 1 the model was too sure. Null: the fold had no validation rows, and answers as it is.</param>
/// <param name="Before">As the model would have answered.</param>
/// <param name="After">As it answers.</param>
public sealed record CalibrationChange(string Model, IReadOnlyList<double?> Temperatures, CalibrationFigures Before, CalibrationFigures After)
{
    /// <summary>The temperatures in words, those at an end of what is tried marked.</summary>
    public string TemperaturesInWords() => string.Join(", ", Temperatures.Select(t => t is not { } known ? "none"
        : $"{known.ToString("0.00", CultureInfo.InvariantCulture)}{(known <= Metrics.Calibration.LeastTemperature * 1.001 || known >= Metrics.Calibration.MostTemperature * 0.999 ? " (at its bound)" : "")}"));

    /// <summary>Null where no fold has a temperature.</summary>
    internal static CalibrationChange? Of(string model, IReadOnlyList<StageResult> folds, int classes)
    {
        if (folds.All(fold => fold.Temperature is null))
            return null;
        var cases = folds.SelectMany(fold => fold.HeldOut.Select(row => (row, T: fold.Temperature ?? 1))).ToArray();
        int[] labels = [.. cases.Select(c => c.row.Label)];
        // softmax(z/T) to the power of T, brought back to sum 1, is softmax(z).
        var before = cases.SelectMany(c => Normal(c.row.Outputs.Select(p => Math.Pow(p, c.T))));
        return new CalibrationChange(model, [.. folds.Select(fold => fold.Temperature)],
            CalibrationFigures.Of(new ClassScores(labels, [.. before], classes)),
            CalibrationFigures.Of(new ClassScores(labels, [.. cases.SelectMany(c => c.row.Outputs)], classes)));
    }

    static IEnumerable<double> Normal(IEnumerable<double> shares)
    {
        var all = shares.ToArray();
        return all.Select(share => share / all.Sum());
    }
}

/// <summary>How far probabilities can be believed.</summary>
/// <param name="Brier">Brier score.</param>
/// <param name="CalibrationError">Expected calibration error of the called class, 15 bins.</param>
/// <param name="LogLoss">Mean −ln p of the truth.</param>
public sealed record CalibrationFigures(double Brier, double CalibrationError, double LogLoss)
{
    internal static CalibrationFigures Of(ClassScores scores) => new(Calibration.Brier(scores), Calibration.ExpectedError(scores), Calibration.LogLoss(scores));
}
