using System.Globalization;
using System.Text;
using System.Text.Json;
using Mhim.Features.Files;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports.Charts;

namespace Mhim.Mil.Reports;

/// <summary>Writes what several seeds came to: <c>seeds.json</c>, <c>seeds.csv</c> and <c>report.html</c>, which leads to each seed's own report.</summary>
public static class SeedTableFiles
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes all three files; each appears whole or not at all.</summary>
    /// <param name="table">The numbers.</param>
    /// <param name="report">What all seeds share: lead, cohort, facts, and the warnings of all of them.</param>
    /// <param name="title">Heading.</param>
    /// <param name="folder">That of the seeds' folders <c>seed-s</c>.</param>
    public static void Write(SeedTable table, RunReport report, string title, string folder)
    {
        AtomicFile.WriteAllText(Path.Combine(folder, "seeds.json"), JsonSerializer.Serialize(table, Json) + "\n");
        AtomicFile.WriteAllText(Path.Combine(folder, "seeds.csv"), Table(table));
        AtomicFile.WriteAllText(Path.Combine(folder, "report.html"), Html(table, report, title));
    }

    /// <summary>One line per model, metric and seed, and one each for mean and deviation over the seeds.</summary>
    static string Table(SeedTable table)
    {
        var text = new StringBuilder("model,metric,average,seed,mean_of_folds,pooled,low95,high95\n");
        foreach (var model in table.Models)
            foreach (var metric in model.Metrics)
            {
                string Start(string note = "") => $"{Csv.Word(model.Name)},{metric.Name},{Csv.Word(metric.Average + note)}";
                var start = Start();
                foreach (var score in metric.Scores)
                    text.Append(CultureInfo.InvariantCulture, $"{Start(RunReportFiles.Note(score.FoldsInMean, score.Folds))},{score.Seed},{score.MeanOfFolds:R},{score.Pooled:R},{score.Low:R},{score.High:R}\n");
                text.Append(CultureInfo.InvariantCulture, $"{start},mean,{metric.MeanOfFolds:R},{metric.Mean:R},,\n");
                text.Append(CultureInfo.InvariantCulture, $"{start},deviation,{metric.DeviationOfFolds:R},{metric.Deviation:R},,\n");
            }
        return text.ToString();
    }

    static string Html(SeedTable table, RunReport report, string title)
    {
        var html = new StringBuilder();
        HtmlReport.Begin(html, title, report.Lead, report.Warnings);
        html.Append("<div class=\"cards\">");
        for (var i = 0; i < table.Models.Count; i++)
        {
            var lead = table.Models[i].Metrics[0];
            html.Append("<div class=\"card ").Append(ClassCharts.ColourOf(i, table.Models.Count)).Append("\"><span>").Append(Words.Html(table.Models[i].Name))
                .Append("</span><b>").Append(Words.Number(lead.Mean)).Append("</b><span>").Append(Words.Html(lead.Title)).Append(", pooled, deviation ")
                .Append(Words.Number(lead.Deviation)).Append(" over ").Append(table.Seeds.Count).Append(" seeds</span></div>");
        }
        foreach (var gain in table.Gains)
            html.Append("<div class=\"card plain\"><span>").Append(Words.Html($"{gain.Model} against {gain.Against}")).Append("</span><b>").Append(Words.Signed(gain.Mean))
                .Append("</b><span>pooled; mean of folds ").Append(Words.Signed(gain.FoldsMean)).Append(gain.OfSomeFolds.Length > 0 ? $" ({gain.OfSomeFolds})" : "").Append("; deviation ").Append(Words.Number(gain.Deviation)).Append(", better in ").Append(gain.Better).Append(" of ").Append(table.Seeds.Count)
                .Append(" seeds</span></div>");
        html.Append("</div>\n");
        ReportTables.Facts(html, report with { Facts = [.. report.Facts.Where(fact => fact.Name is "Features" or "Folds"), new("Seeds", $"{string.Join(", ", table.Seeds)}, each of {(report.Facts.Any(fact => fact.Name == RunReports.FoldSeed) ? "folds, weights" : "weights")} and draws")] });
        HtmlReport.Section(html, "Over the seeds", "Mean and standard deviation (n − 1) over the seeds of each metric, pooled over all folds; of tests each seed's own.", () => Means(html, table));
        HtmlReport.Section(html, "Seed by seed", $"{table.Models[0].Metrics[0].Title} on held-out cases: mean of the folds, and pooled with its 95% interval over patients.",
            () => Seeds(html, table));
        HtmlReport.End(html, report.Resamples, "by the seed of each run");
        return html.ToString();
    }

    static void Means(StringBuilder html, SeedTable table)
    {
        html.Append("<div class=\"scroll\"><table class=\"metrics\"><thead><tr><th>Metric</th>");
        foreach (var model in table.Models)
            html.Append("<th class=\"n\">").Append(Words.Html(model.Name)).Append("</th>");
        html.Append("</tr></thead><tbody>");
        for (var row = 0; row < table.Models[0].Metrics.Count; row++)
        {
            var metric = table.Models[0].Metrics[row];
            html.Append("<tr><th>").Append(Words.Html(metric.Title)).Append(metric.HigherIsBetter || !MetricTable.IsQuality(metric.Name) ? "" : " <small>lower is better</small>")
                .Append("<small class=\"average\">").Append(Words.Html(metric.Average)).Append("</small></th>");
            foreach (var model in table.Models)
                html.Append("<td class=\"n\">").Append(MetricTable.IsQuality(metric.Name)
                    ? $"{Words.Number(model.Metrics[row].Mean)}<small>± {Words.Number(model.Metrics[row].Deviation)}</small>"
                    : string.Join(", ", model.Metrics[row].Scores.Select(score => Words.Html(metric.Name == "logrank_p" ? Words.P(score.Pooled) : Words.Number(score.Pooled))))).Append("</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table></div>");
    }

    static void Seeds(StringBuilder html, SeedTable table)
    {
        html.Append("<div class=\"scroll\"><table class=\"metrics\"><thead><tr><th>Seed</th>");
        foreach (var model in table.Models)
            html.Append("<th class=\"n\">").Append(Words.Html(model.Name)).Append(", folds</th><th class=\"n\">pooled</th>");
        html.Append("</tr></thead><tbody>");
        for (var s = 0; s < table.Seeds.Count; s++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th><a href=\"seed-{table.Seeds[s]}/report.html\">{table.Seeds[s]}</a></th>");
            foreach (var score in table.Models.Select(model => model.Metrics[0].Scores[s]))
                html.Append("<td class=\"n\">").Append(Words.FoldMean(score.MeanOfFolds, score.FoldsInMean, score.Folds)).Append("</td><td class=\"n\">").Append(Words.Number(score.Pooled))
                    .Append("<small>").Append(Words.Interval(score.Low, score.High)).Append("</small></td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table></div>");
    }
}
