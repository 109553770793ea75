using Mhim.Mil.Metrics;

namespace Mhim.Mil.Reports.Charts;

/// <summary>A drawing with its legend.</summary>
/// <param name="Title">Heading of the figure.</param>
/// <param name="Svg">The drawing.</param>
/// <param name="Legend">Colour class and words of each line.</param>
/// <param name="Note">What to know when reading it, or empty.</param>
internal sealed record Chart(string Title, string Svg, IReadOnlyList<(string Class, string Text)> Legend, string Note = "");

/// <summary>ROC, precision-recall and calibration. Two classes: a line per model. More: a line per class, of the last model.</summary>
internal static class ClassCharts
{
    // Of a report; what needs more is dashed.
    const int Colours = 6;

    sealed record Series(string Name, double[] Scores, double[] Ranks, bool[] Truth, string Class);

    public static IEnumerable<Chart> Of(RunReport report)
    {
        var series = SeriesOf(report);
        var of = report.Classes.Count == 2 ? $"probability of `{report.Classes[1]}`" : $"each class against the rest, {report.Models[^1].Name}";
        yield return Roc(series, of);
        yield return PrecisionRecall(series, of);
        yield return Calibrated(series, of);
    }

    static List<Series> SeriesOf(RunReport report)
    {
        if (report.Classes.Count == 2)
            return [.. report.Models.Select((model, i) =>
            {
                var scores = RunEvaluation.Classes(report, model.Cases);
                return new Series(model.Name, scores.Column(1), scores.Ranks(1), scores.Is(1), ColourOf(i, report.Models.Count));
            })];
        var last = RunEvaluation.Classes(report, report.Models[^1].Cases);
        return [.. report.Classes.Select((name, c) => new Series(name, last.Column(c), last.Ranks(c), last.Is(c), c < Colours ? $"c{c}" : $"c{c % Colours} dash"))];
    }

    /// <summary>The last model, the one that matters, has the accent colour.</summary>
    public static string ColourOf(int model, int models) => $"c{(models - 1 - model) % Colours}";

    static Chart Roc(List<Series> series, string of)
    {
        var plot = new SvgPlot("ROC curve", "False positive rate", "True positive rate", (0, 1), (0, 1)).Line([(0, 0), (1, 1)], "guide");
        foreach (var line in series)
            plot.Line(Curves.Roc(line.Ranks, line.Truth).Select(p => (p.X, p.Y)), line.Class, line.Name);
        return new Chart("ROC", plot.ToString(),
            [.. series.Select(line => (line.Class, $"{line.Name}, AUC {Words.Number(Ranking.RocAuc(line.Ranks, line.Truth))}"))], Sentence(of));
    }

    static Chart PrecisionRecall(List<Series> series, string of)
    {
        var plot = new SvgPlot("Precision-recall curve", "Recall", "Precision", (0, 1), (0, 1));
        if (series.Select(line => line.Truth.Count(t => t)).Distinct().Count() == 1)
        {
            var share = series[0].Truth.Count(t => t) / (double)series[0].Truth.Length;
            plot.Line([(0, share), (1, share)], "guide");
        }
        foreach (var line in series)
            plot.Line(Curves.PrecisionRecall(line.Ranks, line.Truth).Select(p => (p.X, p.Y)), line.Class, line.Name);
        return new Chart("Precision and recall", plot.ToString(),
            [.. series.Select(line => (line.Class, $"{line.Name}, AP {Words.Number(Ranking.AveragePrecision(line.Ranks, line.Truth))}"))], Sentence(of));
    }

    static Chart Calibrated(List<Series> series, string of)
    {
        var plot = new SvgPlot("Calibration curve", "Predicted probability", "Observed share", (0, 1), (0, 1)).Line([(0, 0), (1, 1)], "guide");
        foreach (var line in series)
        {
            var points = Calibration.Curve(line.Scores, line.Truth);
            var most = points.Count == 0 ? 1 : points.Max(p => p.Count);
            plot.Line(points.Select(p => (p.Predicted, p.Observed)), line.Class + " thin");
            foreach (var p in points)
                plot.Dot(p.Predicted, p.Observed, 2 + 5 * Math.Sqrt(p.Count / (double)most), line.Class,
                    $"{line.Name}: said {p.Predicted:0.00}, so in {p.Observed:0.00} of {p.Count}");
        }
        return new Chart("Calibration", plot.ToString(), [.. series.Select(line => (line.Class, line.Name))],
            Sentence(of) + " Larger dots hold more cases.");
    }

    static string Sentence(string of) => char.ToUpperInvariant(of[0]) + of[1..] + ".";
}
