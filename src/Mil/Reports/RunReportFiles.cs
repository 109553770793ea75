using System.Globalization;
using System.Text;
using System.Text.Json;
using Mhim.Features.Files;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports.Charts;

namespace Mhim.Mil.Reports;

/// <summary>Writes a report: <c>report.html</c> (one file, needs nothing beside it), <c>metrics.json</c> and <c>metrics.csv</c>.</summary>
public static class RunReportFiles
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Measures, then writes all three files; each appears whole or not at all.</summary>
    /// <param name="report">What to report.</param>
    /// <param name="folder">Made if needed.</param>
    /// <returns>The numbers that were written, for a table on the console.</returns>
    public static RunEvaluation Write(RunReport report, string folder)
    {
        var evaluation = RunEvaluation.Of(report);
        AtomicFile.WriteAllText(Path.Combine(folder, "metrics.json"), JsonSerializer.Serialize(evaluation, Json) + "\n");
        AtomicFile.WriteAllText(Path.Combine(folder, "metrics.csv"), Table(evaluation));
        AtomicFile.WriteAllText(Path.Combine(folder, "report.html"), HtmlReport.Render(report, evaluation));
        return evaluation;
    }

    /// <summary>What is added to the words of an average that not every fold could be counted in.</summary>
    internal static string Note(int? counted, int folds) => counted < folds ? $"; {Words.MeanOf(counted, folds)}" : "";

    /// <summary>One line per model, fold (<c>pooled</c> for all, <c>mean</c> for the mean of the folds) and metric; whose average says so where not every fold could be counted; then what each model gains over the first, with p-values.</summary>
    static string Table(RunEvaluation evaluation)
    {
        var text = new StringBuilder("model,fold,cases,metric,average,value,low95,high95\n");
        foreach (var model in evaluation.Models)
        {
            Lines(model.Name, "pooled", model.Cases, model.Pooled);
            Lines(model.Name, "mean", model.Cases, [.. model.Pooled.Where(metric => metric.MeanOfFolds is not null).Select(metric => metric with
            {
                Value = metric.MeanOfFolds, Low = null, High = null, Average = metric.Average + Note(metric.FoldsInMean, model.Folds.Count),
            })]);
            foreach (var fold in model.Folds)
                Lines(model.Name, fold.Fold.ToString(CultureInfo.InvariantCulture), fold.Cases, fold.Metrics);
            if (evaluation.Calibration?.FirstOrDefault(change => change.Model == model.Name)?.Before is { } before)
                foreach (var (name, value) in new[] { ("brier", before.Brier), ("calibration_error", before.CalibrationError), ("log_loss", before.LogLoss) })
                    text.Append(CultureInfo.InvariantCulture, $"{Csv.Word(model.Name)},pooled,{model.Cases},{name}_before_calibration,over cases,{value:R},,\n");
        }
        foreach (var gain in evaluation.Comparisons)
        {
            Gain(gain, "gain", gain.Difference, gain.Low, gain.High);
            Gain(gain, "gain_p_bootstrap", gain.PairedBootstrapP);
            if (gain.DeLongP is { } p)
                Gain(gain, "gain_p_delong", p);
        }
        return text.ToString();

        void Gain(ModelComparison gain, string what, double? value, double? low = null, double? high = null) => text.Append(CultureInfo.InvariantCulture,
            $"{Csv.Word(gain.Model)},pooled,{gain.Cases},{gain.Metric}_{what},{Csv.Word("over " + gain.Against)},{value:R},{low:R},{high:R}\n");

        void Lines(string model, string fold, int cases, IReadOnlyList<Metric> metrics)
        {
            foreach (var metric in metrics)
                text.Append(CultureInfo.InvariantCulture,
                    $"{Csv.Word(model)},{fold},{cases},{metric.Name},{Csv.Word(metric.Average)},{metric.Value:R},{metric.Low:R},{metric.High:R}\n");
        }
    }
}
