using System.Text;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports.Charts;

namespace Mhim.Mil.Reports;

/// <summary>The report as one HTML page: style, drawings and images inside it, no script, nothing fetched.</summary>
internal static class HtmlReport
{
    const int MostWarnings = 4;

    public static string Render(RunReport report, RunEvaluation evaluation)
    {
        var html = new StringBuilder();
        Begin(html, report.Title, report.Lead, [.. report.Warnings, .. evaluation.Doubts]);
        ReportTables.Headline(html, evaluation);
        ReportTables.Facts(html, report);
        ReportTables.Pooled(html, evaluation);
        Section(html, "Folds", evaluation.SameFolds ? "Each fold's held-out cases alone, then all together; bars are 95% intervals."
            : "The models were tested on other cases, or in other folds, so each has all of its folds together alone; bars are 95% intervals.", () =>
        {
            html.Append("<figure class=\"wide\">").Append(RunCharts.Folds(evaluation)).Append(Legend(
                [.. evaluation.Models.Select((model, i) => (ClassCharts.ColourOf(i, evaluation.Models.Count), model.Name))])).Append("</figure>");
        });
        if (evaluation.Task == "classification")
        {
            Figures(html, "Curves", "Over the held-out cases of all folds.", [.. ClassCharts.Of(report)]);
            ReportTables.Calibration(html, report);
            ReportTables.Confusions(html, report);
        }
        else
            Figures(html, "Survival", "Held-out cases of all folds.", [.. SurvivalCharts.Of(report)], "two");
        ReportTables.MostWrong(html, report);
        foreach (var gallery in report.Galleries)
            Gallery(html, gallery);
        Figures(html, "Training", "", [.. RunCharts.Training(report)], "two");
        End(html, report.Resamples, $"seed {report.Seed}");
        return html.ToString();
    }

    /// <summary>Up to the first section.</summary>
    internal static void Begin(StringBuilder html, string title, string lead, IReadOnlyList<string> warnings)
    {
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append("<meta name=\"color-scheme\" content=\"light dark\"><title>").Append(Words.Html(title)).Append("</title><style>")
            .Append(ReportStyle.Css).Append("</style></head><body><main>\n");
        html.Append("<header><h1>").Append(Words.Html(title)).Append("</h1>");
        if (lead.Length > 0)
            html.Append("<p class=\"lead\">").Append(Words.Marked(lead)).Append("</p>");
        html.Append("</header>\n");
        // More would push the result off the first page.
        var shown = warnings.Count > MostWarnings ? MostWarnings - 1 : warnings.Count;
        foreach (var warning in warnings.Take(shown))
            html.Append("<p class=\"warning\">").Append(Words.Marked(warning)).Append("</p>\n");
        if (shown < warnings.Count)
            html.Append("<details class=\"warning\"><summary>").Append(warnings.Count - shown).Append(" more warnings</summary><ul>")
                .Append(string.Concat(warnings.Skip(shown).Select(warning => $"<li>{Words.Marked(warning)}</li>"))).Append("</ul></details>\n");
    }

    /// <summary>After the last section.</summary>
    internal static void End(StringBuilder html, int resamples, string seed)
    {
        html.Append("<footer>For research use only; not for diagnosis. Intervals: 2.5th to 97.5th percentile of ")
            .Append(resamples).Append(" bootstrap resamples of patients, ").Append(seed).Append("; none where there are fewer than ").Append(Bootstrap.FewestPatients).Append(" patients.</footer></main></body></html>\n");
    }

    internal static void Section(StringBuilder html, string title, string note, Action content)
    {
        html.Append("<section><h2>").Append(Words.Html(title)).Append("</h2>");
        if (note.Length > 0)
            html.Append("<p class=\"note\">").Append(Words.Marked(note)).Append("</p>");
        content();
        html.Append("</section>\n");
    }

    static void Figures(StringBuilder html, string title, string note, IReadOnlyList<Chart> charts, string columns = "three")
    {
        if (charts.Count == 0)
            return;
        Section(html, title, note, () =>
        {
            html.Append("<div class=\"figures ").Append(columns).Append("\">");
            foreach (var chart in charts)
                html.Append("<figure><h3>").Append(Words.Html(chart.Title)).Append("</h3>").Append(chart.Svg).Append(Legend(chart.Legend))
                    .Append("<figcaption>").Append(Words.Marked(chart.Note)).Append("</figcaption></figure>");
            html.Append("</div>");
        });
    }

    static string Legend(IReadOnlyList<(string Class, string Text)> lines) =>
        "<ul class=\"legend\">" + string.Concat(lines.Select(line => $"<li><i class=\"{line.Class}\"></i>{Words.Html(line.Text)}</li>")) + "</ul>";

    static void Gallery(StringBuilder html, ReportGallery gallery) => Section(html, gallery.Title, gallery.Note, () =>
    {
        html.Append("<div class=\"gallery").Append(gallery.Small ? " small" : "").Append("\">");
        foreach (var image in gallery.Images)
        {
            html.Append("<figure>");
            if (File.Exists(image.Path))
                html.Append("<img alt=\"").Append(Words.Html(image.Caption)).Append("\" src=\"data:image/")
                    .Append(Path.GetExtension(image.Path).ToLowerInvariant() is ".jpg" or ".jpeg" ? "jpeg" : "png").Append(";base64,")
                    .Append(Convert.ToBase64String(File.ReadAllBytes(image.Path))).Append("\">");
            else
                html.Append("<p class=\"absent\">").Append(Words.Html(Path.GetFileName(image.Path))).Append(" is not there.</p>");
            html.Append("<figcaption>").Append(Words.Marked(image.Caption)).Append("</figcaption></figure>");
        }
        html.Append("</div>");
    });
}
