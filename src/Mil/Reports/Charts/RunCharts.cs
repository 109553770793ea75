using System.Globalization;
using System.Text;

namespace Mhim.Mil.Reports.Charts;

/// <summary>Training curves, and the folds' scores with their intervals.</summary>
internal static class RunCharts
{
    /// <summary>Losses and validation score over epochs, thin lines per fold, for each model that has curves.</summary>
    public static IEnumerable<Chart> Training(RunReport report)
    {
        foreach (var (model, i) in report.Models.Select((model, i) => (model, i)).Where(pair => pair.model.Curves.Any(curve => curve.Epochs.Count > 0)))
        {
            var colour = ClassCharts.ColourOf(i, report.Models.Count);
            var epochs = model.Curves.Max(curve => curve.Epochs.Count);
            double[] losses = [.. model.Curves.SelectMany(c => c.Epochs).SelectMany(e => new[] { e.TrainLoss, e.ValidationLoss }).Where(double.IsFinite).Order()];
            // A first epoch that shoots up must not flatten the rest.
            var top = losses.Length == 0 ? 1 : Math.Min(losses[^1], losses[(int)(0.98 * (losses.Length - 1))] * 1.25);
            var plot = new SvgPlot($"Loss, {model.Name}", "Epoch", "Loss", (1, Math.Max(2, epochs)), (0, top), 460, 260);
            foreach (var curve in model.Curves)
            {
                plot.Line(curve.Epochs.Select((e, at) => (at + 1.0, Math.Min(top, e.TrainLoss))), "c3 thin", $"Fold {curve.Fold}, training");
                plot.Line(curve.Epochs.Select((e, at) => (at + 1.0, Math.Min(top, e.ValidationLoss))), colour + " thin", $"Fold {curve.Fold}, validation");
            }
            yield return new Chart($"{model.Name}: loss", plot.ToString(), [("c3", "training"), (colour, "validation")], "One line per fold." + (model.HasTeacher ? " Training holds the tie to the teacher too, validation the task alone." : ""));

            var scores = model.Curves.SelectMany(c => c.Epochs).Select(e => e.Score).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
            var score = new SvgPlot($"Validation score, {model.Name}", "Epoch", model.Curves[0].ScoreName, (1, Math.Max(2, epochs)),
                (Math.Floor(scores.Min() * 10) / 10, Math.Max(scores.Max(), Math.Floor(scores.Min() * 10) / 10 + 0.1)), 460, 260);
            foreach (var curve in model.Curves)
            {
                score.Line(curve.Epochs.Select((e, at) => (at + 1.0, e.Score)), colour + " thin", $"Fold {curve.Fold}");
                if (curve.BestEpoch >= 0 && curve.BestEpoch < curve.Epochs.Count && double.IsFinite(curve.Epochs[curve.BestEpoch].Score))
                    score.Dot(curve.BestEpoch + 1, curve.Epochs[curve.BestEpoch].Score, 3.5, colour, $"Fold {curve.Fold}: epoch {curve.BestEpoch + 1} kept");
            }
            yield return new Chart($"{model.Name}: validation {model.Curves[0].ScoreName}", score.ToString(), [(colour, "one line per fold")], "Dots mark the epochs that were kept.");
        }
    }

    /// <summary>The leading metric of each fold and of all folds together, with intervals, model under model.</summary>
    public static string Folds(RunEvaluation evaluation)
    {
        const double left = 92, right = 128, rowHeight = 18, width = 760;
        // Folds of runs that were divided otherwise are not the same folds, whatever their numbers.
        var rows = (evaluation.SameFolds ? evaluation.Models[^1].Folds : []).Select(fold => (Name: $"Fold {fold.Fold}", Fold: (int?)fold.Fold)).Append((Name: "All folds", Fold: null)).ToArray();
        var lead = evaluation.Models[0].Pooled[0];
        var lows = evaluation.Models.SelectMany(m => m.Folds.Select(f => f.Metrics[0]).Append(m.Pooled[0])).Select(m => m.Low ?? m.Value ?? 1).Min();
        double from = Math.Clamp(Math.Floor(lows * 10) / 10, 0, 0.9), scale = (width - left - right) / (1 - from);
        var band = rowHeight * evaluation.Models.Count + 12;
        var height = rows.Length * band + 34;
        var svg = new StringBuilder(F($"<svg viewBox=\"0 0 {width} {height:0}\" role=\"img\" aria-label=\"{Words.Html(lead.Title)} per fold with 95% intervals\">"));
        double X(double value) => left + (Math.Clamp(value, from, 1) - from) * scale;
        foreach (var tick in SvgPlot.Ticks(from, 1))
            svg.Append(F($"<path class=\"grid\" d=\"M{X(tick):0.##} 4 V{height - 30}\"/><text class=\"tick\" x=\"{X(tick):0.##}\" y=\"{height - 16:0}\" text-anchor=\"middle\">{tick:0.####}</text>"));
        svg.Append(F($"<text class=\"axis-title\" x=\"{(left + width - right) / 2:0}\" y=\"{height - 2:0}\" text-anchor=\"middle\">{Words.Html(lead.Title)}</text>"));
        for (var r = 0; r < rows.Length; r++)
        {
            var top = r * band + 6;
            svg.Append(F($"<text class=\"row-name{(rows[r].Fold is null ? " strong" : "")}\" x=\"{left - 12}\" y=\"{top + band / 2 - 2:0.##}\" text-anchor=\"end\">{rows[r].Name}</text>"));
            for (var m = 0; m < evaluation.Models.Count; m++)
            {
                var model = evaluation.Models[m];
                var metric = rows[r].Fold is { } fold ? model.Folds.FirstOrDefault(f => f.Fold == fold)?.Metrics[0] : model.Pooled[0];
                if (metric?.Value is not { } value)
                    continue;
                var y = top + rowHeight * (m + 0.5);
                var colour = ClassCharts.ColourOf(m, evaluation.Models.Count);
                if (metric.Low is { } low && metric.High is { } high)
                    svg.Append(F($"<path class=\"line {colour}\" d=\"M{X(low):0.##} {y:0.##} H{X(high):0.##}\"/>"));
                svg.Append(F($"<circle class=\"dot {colour}\" cx=\"{X(value):0.##}\" cy=\"{y:0.##}\" r=\"{(rows[r].Fold is null ? 5 : 3.5)}\"><title>{Words.Html(model.Name)}: {value:0.000}</title></circle>"));
                svg.Append(F($"<text class=\"tick\" x=\"{width - right + 14}\" y=\"{y + 3.5:0.##}\">{value:0.000}  {(metric.Low is null ? "" : $"({Words.Number(metric.Low)}–{Words.Number(metric.High)})")}</text>"));
            }
        }
        return svg.Append("</svg>").ToString();
    }

    static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
