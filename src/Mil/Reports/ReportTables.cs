using System.Globalization;
using System.Text;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports.Charts;

namespace Mhim.Mil.Reports;

/// <summary>The parts of a report that are words and numbers.</summary>
internal static class ReportTables
{
    const int WrongCases = 12;

    // Beside each other no more columns than these can be read.
    const int WideClasses = 4;

    /// <summary>The leading metric of each model in large figures, and whether they differ.</summary>
    public static void Headline(StringBuilder html, RunEvaluation evaluation)
    {
        html.Append("<div class=\"cards\">");
        for (var i = 0; i < evaluation.Models.Count; i++)
        {
            var (model, lead) = (evaluation.Models[i], evaluation.Models[i].Pooled[0]);
            html.Append("<div class=\"card ").Append(ClassCharts.ColourOf(i, evaluation.Models.Count)).Append("\"><span>").Append(Words.Html(model.Name))
                .Append("</span><b>").Append(Words.Number(lead.Value)).Append("</b><span>").Append(Words.Html(lead.Title)).Append(", pooled")
                .Append(lead.Low is null ? "" : $" ({Words.Interval(lead.Low, lead.High)})").Append(model.Folds.Count > 1 ? $"; {Words.MeanOf(lead.FoldsInMean, model.Folds.Count)} {Words.Number(lead.MeanOfFolds)}" : "").Append("</span></div>");
        }
        foreach (var comparison in evaluation.Comparisons)
        {
            var p = comparison.DeLongP is null ? $"paired bootstrap p {Words.P(comparison.PairedBootstrapP)}"
                : $"DeLong p {Words.P(comparison.DeLongP)}, paired bootstrap p {Words.P(comparison.PairedBootstrapP)}";
            html.Append("<div class=\"card plain\"><span>").Append(Words.Html($"{comparison.Model} against {comparison.Against}")).Append("</span><b>")
                .Append(Words.Signed(comparison.Difference)).Append("</b><span>").Append(Words.Html($"{Words.MeanOf(comparison.FoldsInMean, comparison.Folds)} {Words.Signed(comparison.FoldsDifference)}; {p}")).Append("</span></div>");
        }
        html.Append("</div>\n");
    }

    public static void Facts(StringBuilder html, RunReport report)
    {
        if (report.Facts.Count == 0 && report.Cohort.Count == 0)
            return;
        HtmlReport.Section(html, "Run", "", () =>
        {
            html.Append("<dl>");
            if (report.Cohort.Count > 0)
                html.Append("<dt>Cohort</dt><dd>").AppendJoin("<br>", report.Cohort.Select(Words.Marked)).Append("</dd>");
            foreach (var fact in report.Facts)
                html.Append("<dt>").Append(Words.Html(fact.Name)).Append("</dt><dd>").Append(Words.Marked(fact.Value)).Append("</dd>");
            html.Append("</dl>");
        });
    }

    /// <summary>Every metric over all folds; the best of each row is set strong.</summary>
    public static void Pooled(StringBuilder html, RunEvaluation evaluation)
    {
        var first = evaluation.Models[^1];
        var same = evaluation.SameCases;
        HtmlReport.Section(html, "Metrics", $"Over {(same ? $"{first.Cases} held-out cases of {first.Patients} patients" : "the held-out cases of each")}, all folds together, with 95% intervals; below them the mean of the folds' own{(first.Pooled[0].FoldsInMean < first.Folds.Count ? ", without folds that lack a class or cannot tell it" : "")}.", () =>
        {
            html.Append("<div class=\"scroll\"><table class=\"metrics\"><thead><tr><th>Metric</th>");
            foreach (var model in evaluation.Models)
                html.Append("<th class=\"n\">").Append(Words.Html(model.Name)).Append(same ? "" : $"<small>{model.Cases} cases of {model.Patients} patients</small>").Append("</th>");
            html.Append("</tr></thead><tbody>");
            for (var row = 0; row < first.Pooled.Count; row++)
            {
                var metric = first.Pooled[row];
                var values = evaluation.Models.Select(model => model.Pooled[row].Value).OfType<double>().ToArray();
                double? best = !same || values.Length < 2 || values.Distinct().Count() == 1 || !MetricTable.IsQuality(metric.Name) ? null
                    : metric.HigherIsBetter ? values.Max() : values.Min();
                html.Append("<tr><th>").Append(Words.Html(metric.Title)).Append(metric.HigherIsBetter || !MetricTable.IsQuality(metric.Name) ? "" : " <small>lower is better</small>")
                    .Append("<small class=\"average\">").Append(Words.Html(metric.Average)).Append("</small></th>");
                foreach (var model in evaluation.Models)
                {
                    var here = model.Pooled[row];
                    var number = metric.Name == "logrank_p" ? Words.P(here.Value) : Words.Number(here.Value);
                    html.Append("<td class=\"n\">").Append(here.Value is { } value && value == best ? $"<strong>{number}</strong>" : number)
                        .Append("<small>").Append(Words.Interval(here.Low, here.High)).Append(here.FoldsInMean is null or 0 ? "" : here.FoldsInMean < model.Folds.Count ? $"<br>{Words.MeanOf(here.FoldsInMean, model.Folds.Count)} {Words.Number(here.MeanOfFolds)}" : $"<br>folds {Words.Number(here.MeanOfFolds)}").Append("</small></td>");
                }
                html.Append("</tr>");
            }
            html.Append("</tbody></table></div>");
        });
    }

    /// <summary>Temperatures, and the figures with and without them.</summary>
    public static void Calibration(StringBuilder html, RunReport report)
    {
        if (report.Calibration.Count == 0)
            return;
        HtmlReport.Section(html, "Calibration", "Each fold's logits are divided by a temperature fitted on its validation cases (none: the fold has no such cases, and is as it was); held-out cases without and with it, lower is better.", () =>
        {
            html.Append("<div class=\"scroll\"><table class=\"metrics\"><thead><tr><th>Model</th><th class=\"n\">Temperatures</th><th class=\"n\">Brier score</th><th class=\"n\">Calibration error</th><th class=\"n\">Log loss</th></tr></thead><tbody>");
            foreach (var change in report.Calibration)
                html.Append("<tr><th>").Append(Words.Html(change.Model)).Append("</th><td class=\"n\">")
                    .Append(Words.Html(change.TemperaturesInWords()))
                    .Append("</td><td class=\"n\">").Append(Words.Change(change.Before.Brier, change.After.Brier))
                    .Append("</td><td class=\"n\">").Append(Words.Change(change.Before.CalibrationError, change.After.CalibrationError))
                    .Append("</td><td class=\"n\">").Append(Words.Change(change.Before.LogLoss, change.After.LogLoss)).Append("</td></tr>");
            html.Append("</tbody></table></div>");
        });
    }

    public static void Confusions(StringBuilder html, RunReport report) =>
        HtmlReport.Section(html, "Confusion", "Cases by what is true (rows) and what was called (columns), the class of highest probability.", () =>
        {
            html.Append(report.Classes.Count > WideClasses ? "<div class=\"figures one\">" : "<div class=\"figures two\">");
            foreach (var model in report.Models)
            {
                var matrix = ConfusionMatrix.Of(RunEvaluation.Classes(report, model.Cases));
                html.Append("<figure><h3>").Append(Words.Html(model.Name)).Append("</h3><div class=\"scroll\"><table class=\"confusion\"><thead><tr><td></td>");
                foreach (var name in report.Classes)
                    html.Append("<th>called ").Append(Words.Html(name)).Append("</th>");
                html.Append("</tr></thead><tbody>");
                for (var truth = 0; truth < matrix.Classes; truth++)
                {
                    html.Append("<tr><th>is ").Append(Words.Html(report.Classes[truth])).Append("</th>");
                    double total = Enumerable.Range(0, matrix.Classes).Sum(c => matrix.Counts[truth, c]);
                    for (var called = 0; called < matrix.Classes; called++)
                    {
                        var share = total == 0 ? 0 : matrix.Counts[truth, called] / total;
                        html.Append(CultureInfo.InvariantCulture,
                            $"<td class=\"{(truth == called ? "right" : "wrong")}\" style=\"--share:{share:0.###}\"><b>{matrix.Counts[truth, called]}</b><small>{share:0%}</small></td>");
                    }
                    html.Append("</tr>");
                }
                html.Append("</tbody></table></div></figure>");
            }
            html.Append("</div>");
        });

    /// <summary>The last model's held-out cases that were called wrong, the surest first.</summary>
    public static void MostWrong(StringBuilder html, RunReport report)
    {
        var model = report.Models[^1];
        if (report.Classes.Count == 0)
        {
            MostSurprising(html, model, report.TimeName);
            return;
        }
        var scores = RunEvaluation.Classes(report, model.Cases);
        int[] wrong = [.. Enumerable.Range(0, scores.Count).Where(i => scores.Predicted(i) != scores.Labels[i]).OrderBy(i => scores.Row(i)[scores.Labels[i]]).ThenBy(i => i)];
        HtmlReport.Section(html, "Most wrongly called", wrong.Length == 0
            ? $"{model.Name} called every held-out case right."
            : $"{wrong.Length} of {scores.Count} held-out cases were called wrong by {model.Name}; the surest mistakes first.", () =>
        {
            if (wrong.Length == 0)
                return;
            html.Append("<div class=\"scroll\"><table><thead><tr><th>Case</th><th>Patient</th><th>Is</th><th>Called</th><th class=\"n\">Probability of the truth</th><th class=\"n\">Fold</th></tr></thead><tbody>");
            foreach (var i in wrong.Take(WrongCases))
                html.Append("<tr><td><code>").Append(Words.Html(model.Cases[i].Id)).Append("</code></td><td>").Append(Words.Html(model.Cases[i].PatientId))
                    .Append("</td><td>").Append(Words.Html(report.Classes[scores.Labels[i]])).Append("</td><td>").Append(Words.Html(report.Classes[scores.Predicted(i)]))
                    .Append("</td><td class=\"n\">").Append(Words.Number(scores.Row(i)[scores.Labels[i]])).Append("</td><td class=\"n\">").Append(model.Cases[i].Fold).Append("</td></tr>");
            html.Append("</tbody></table></div>");
        });
    }

    /// <summary>Survival has no wrong call; instead, whose risk stands farthest from where the outcome would put it.</summary>
    static void MostSurprising(StringBuilder html, ReportModel model, string? time)
    {
        HtmlReport.Section(html, "Most wrongly ranked", $"Held-out cases whose risk by {model.Name} disagrees with the outcome in most pairs.", () =>
        {
            html.Append("<div class=\"scroll\"><table><thead><tr><th>Case</th><th class=\"n\">" + (time is null ? "Time" : Words.Html($"Time ({time})")) + "</th><th>Outcome</th><th class=\"n\">Risk</th><th class=\"n\">Pairs in the wrong order</th><th class=\"n\">Fold</th></tr></thead><tbody>");
            foreach (var one in RunFigures.MostSurprising(model).Take(WrongCases))
                html.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Words.Html(one.Id)}</code></td><td class=\"n\">{one.Time:0.##}</td>"
                    + $"<td>{one.Truth}</td><td class=\"n\">{one.Risk:0.000}</td><td class=\"n\">{one.WrongPairs} of {one.Pairs}</td><td class=\"n\">{one.Fold}</td></tr>");
            html.Append("</tbody></table></div>");
        });
    }
}
