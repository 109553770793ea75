using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Reports.Charts;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Reports;

public sealed class RunReportTests : ReportFolder
{
    static IReadOnlyList<TrainingCurve> Curves(Random random, double reach) =>
    [
        .. from fold in Enumerable.Range(0, 5)
           let start = random.NextDouble() * 0.1
           select new TrainingCurve(fold, 22 + fold, "AUC",
           [
               .. from epoch in Enumerable.Range(0, 30 + fold)
                  let rest = Math.Exp(-epoch / 9.0)
                  select new CurveEpoch(0.1 + 0.6 * rest + random.NextDouble() * 0.03, 0.3 + 0.4 * rest + start + random.NextDouble() * 0.06 + epoch * 0.003,
                      reach - 0.3 * rest - start + random.NextDouble() * 0.02)
           ])
    ];

    static ReportModel Classifier(string name, int classes, double skill, int seed)
    {
        var random = new Random(seed);
        return new ReportModel(name,
        [
            .. from i in Enumerable.Range(0, 120)
               let label = i % classes
               let logits = Enumerable.Range(0, classes).Select(c => random.NextDouble() * 3 + (c == label ? skill : 0)).Select(Math.Exp).ToArray()
               select new CaseOutcome(i / 2 % 5, $"TCGA-AA-{i:0000}-01Z-00-DX1", $"TCGA-AA-{i / 2:0000}", label, [.. logits.Select(l => l / logits.Sum())])
        ], Curves(random, 0.7 + skill / 10));
    }

    static RunReport Classes(int classes, string png) => new()
    {
        Title = "Lymph node metastases, 5 folds",
        Lead = "AB-MIL baseline and MHIM on `stain-texture` features; every number below comes from patients that the model had not seen.",
        Cohort = ["120 slides of 60 patients.", "Read as CLAM labels: slides from `slide_id`, classes from `label`."],
        Facts = [new("Encoder", "`stain-texture`, 256 numbers a tile at 0.5 µm/px"), new("Folds", "5, stratified, grouped by patient, seed 1"), new("Training", "4 min 12 s on 2 CPU threads")],
        Warnings = ["Fold 2: all 14 rows of site `2F` are in train."],
        Classes = [.. new[] { "normal", "tumour", "grade <3>", "other" }.Take(classes)],
        Models = [Classifier("AB-MIL", classes, 0.9, 1), Classifier("MHIM", classes, 1.7, 2)],
        Galleries =
        [
            new("Heatmaps", "Class-aware scores over the slide; the truth is outlined.", [new(png, "`case-001`, tumour, called tumour with 0.97"), new(png, "`case-002`, normal"), new("/none/there.png", "`case-003`")]),
            new("Top tiles", "", [.. Enumerable.Range(1, 8).Select(i => new ReportImage(png, $"#{i}, 0.9{9 - i}"))], Small: true),
        ],
        Resamples = 1000,
    };

    string Png()
    {
        var path = Path.Combine(_folder, "tile.png");
        File.WriteAllBytes(path, Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg=="));
        return path;
    }

    [Fact]
    public void A_report_of_classes_is_one_file_that_needs_nothing_else()
    {
        var folder = Out("two");
        RunReportFiles.Write(Classes(2, Png()), folder);
        var html = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.Empty(Regex.Matches(html, @"<script|<link|url\(|https?://|src=""(?!data:)"));
        foreach (var heading in new[] { "Metrics", "Folds", "Curves", "Confusion", "Most wrongly called", "Heatmaps", "Top tiles", "Training" })
            Assert.Contains($"<h2>{heading}</h2>", html);
        Assert.Contains("there.png is not there.", html);
        Assert.DoesNotContain("NaN", html);
        Assert.Equal(["metrics.csv", "metrics.json", "report.html"], Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order());
    }

    [Fact]
    public void Numbers_agree_between_json_csv_and_page()
    {
        var folder = Out("two");
        var evaluation = RunReportFiles.Write(Classes(2, Png()), folder);
        var auc = evaluation.Models[1].Pooled[0];
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "metrics.json")))!;
        Assert.Equal(auc.Value, (double)json["models"]![1]!["pooled"]![0]!["value"]!);
        Assert.Equal("auc", (string)json["comparisons"]![0]!["metric"]!);
        var line = File.ReadLines(Path.Combine(folder, "metrics.csv")).Single(line => line.StartsWith("MHIM,pooled,120,auc,", StringComparison.Ordinal));
        Assert.Equal(auc.Value!.Value, double.Parse(line.Split(',')[5]));
        var gain = evaluation.Comparisons[0];
        var lines = File.ReadAllLines(Path.Combine(folder, "metrics.csv"));
        Assert.Contains(FormattableString.Invariant($"MHIM,mean,120,auc,{auc.Average},{auc.MeanOfFolds:R},,"), lines.Select(l => l.Replace("\"", "")));
        Assert.Contains(FormattableString.Invariant($"MHIM,pooled,{gain.Cases},auc_gain,over AB-MIL,{gain.Difference:R},{gain.Low:R},{gain.High:R}"), lines);
        Assert.Contains(FormattableString.Invariant($"MHIM,pooled,{gain.Cases},auc_gain_p_bootstrap,over AB-MIL,{gain.PairedBootstrapP:R},,"), lines);
        Assert.Contains($"<b>{auc.Value:0.000}</b>", File.ReadAllText(Path.Combine(folder, "report.html")));
        Assert.Equal(auc.Value!.Value - evaluation.Models[0].Pooled[0].Value!.Value, evaluation.Comparisons[0].Difference!.Value, 1e-12);
        Assert.Null(evaluation.Comparisons[0].DeLongP); // two slides per patient: rows are not independent
        Assert.InRange(evaluation.Comparisons[0].PairedBootstrapP!.Value, 0, 0.05);
    }

    [Fact]
    public void More_classes_and_hostile_names_are_written_safely()
    {
        var report = Classes(4, Png());
        report = report with { Title = "<script>alert(1)</script>" };
        RunReportFiles.Write(report, Out("four"));
        var html = File.ReadAllText(Path.Combine(Out("four"), "report.html"));
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("grade <3>", html);
        Assert.Contains("called grade &lt;3&gt;", html);
    }

    [Fact]
    public void A_survival_report_has_kaplan_meier_and_no_confusion()
    {
        ReportModel Model(string name, double skill, int seed)
        {
            var random = new Random(seed);
            return new ReportModel(name,
            [
                .. from i in Enumerable.Range(0, 150)
                   let hazard = new Random(i).NextDouble()
                   let time = -Math.Log(1 - new Random(i + 1000).NextDouble()) * 60 * Math.Exp(-2 * hazard)
                   let end = 10 + new Random(i + 2000).NextDouble() * 80
                   select new CaseOutcome(i % 5, $"case-{i}", $"case-{i}", -1, [], Math.Round(Math.Min(time, end), 1), time <= end, -4 + hazard * skill + random.NextDouble())
            ], Curves(random, 0.65));
        }

        var report = Classes(2, Png()) with { Title = "Overall survival", Classes = [], Models = [Model("AB-MIL", 0.3, 1), Model("MHIM", 2, 2)], Galleries = [], TimeName = "os_months" };
        var evaluation = RunReportFiles.Write(report, Out("survival"));
        Assert.Equal("survival", evaluation.Task);
        Assert.Equal("c_index", evaluation.Comparisons[0].Metric);
        var html = File.ReadAllText(Path.Combine(Out("survival"), "report.html"));
        Assert.Contains("High risk", html);
        Assert.Contains(">Time (os_months)</text>", html);
        Assert.Contains("Most wrongly ranked", html);
        // Of both groups together: all at first, then those who are still there.
        var rows = Regex.Matches(html, "At risk</text>(.*?)</svg>")[0].Groups[1].Value.Split("<circle class=\"dot ").Where(row => row.StartsWith("low") || row.StartsWith("high"))
            .Select(row => Regex.Matches(row, @"middle"">(\d+)</text>").Select(number => int.Parse(number.Groups[1].Value)).ToArray()).ToArray();
        var times = report.Models[0].Cases.Select(one => one.Time!.Value).ToArray();
        Assert.Equal(SvgPlot.Ticks(0, times.Max()).Select(tick => times.Count(time => time >= tick)), rows[0].Zip(rows[1], (low, high) => low + high));
        Assert.DoesNotContain("<h2>Confusion</h2>", html);
        Assert.DoesNotContain("NaN", html);
    }

    [Fact]
    public void A_fold_without_both_classes_leaves_a_gap_instead_of_a_number()
    {
        var report = Classes(2, Png());
        var odd = report.Models[1] with { Cases = [.. report.Models[1].Cases.Select(c => c with { Fold = c.Label })], Curves = [] };
        var evaluation = RunReportFiles.Write(report with { Models = [odd] }, Out("gap"));
        Assert.All(evaluation.Models[0].Folds, fold => Assert.Null(fold.Metrics[0].Value));
        Assert.NotNull(evaluation.Models[0].Pooled[0].Value);
        Assert.DoesNotContain("NaN", File.ReadAllText(Path.Combine(Out("gap"), "report.html")));
    }

    [Fact]
    public void Folds_of_runs_that_were_divided_otherwise_are_not_set_beside_one_another()
    {
        var report = Classes(2, Png());
        var evaluation = RunReportFiles.Write(report, Out("alike"));
        Assert.Contains(">Fold 4<", RunCharts.Folds(evaluation));
        foreach (var fold in (Func<int, int>[])[fold => fold % 2, fold => (fold + 1) % 5]) // fewer, and as many in each
        {
            var other = report.Models[1] with { Cases = [.. report.Models[1].Cases.Select(c => c with { Fold = fold(c.Fold) })], Curves = [] };
            var mixed = RunReportFiles.Write(report with { Models = [report.Models[0], other] }, Out("mixed"));
            Assert.DoesNotContain(">Fold 0<", RunCharts.Folds(mixed));
            Assert.Contains(">All folds<", RunCharts.Folds(mixed));
        }
    }

    [Fact]
    public void Models_over_other_cases_are_no_contest()
    {
        var report = Classes(2, "/none.png") with { Galleries = [], Resamples = 50 };
        ReportModel Second(Func<CaseOutcome, int, CaseOutcome?> change) => report.Models[1] with { Cases = [.. report.Models[1].Cases.Select(change).OfType<CaseOutcome>()] };
        string Page(string name, ReportModel second)
        {
            RunReportFiles.Write(report with { Models = [report.Models[0], second] }, Out(name));
            return File.ReadAllText(Path.Combine(Out(name), "report.html"));
        }
        static bool HasBest(string page) => page.Contains("<td class=\"n\"><strong>", StringComparison.Ordinal);

        var same = Page("same", report.Models[1]);
        Assert.True(HasBest(same));
        Assert.Contains("Over 120 held-out cases of 60 patients", same);
        Assert.True(HasBest(Page("divided", Second((one, i) => one with { Fold = (one.Fold + 1) % 5 }))));
        var fewer = Page("fewer", Second((one, i) => i < 100 ? one : null));
        Assert.False(HasBest(fewer));
        Assert.Contains("MHIM<small>100 cases of 50 patients</small>", fewer);
        Assert.False(HasBest(Page("others", Second((one, i) => i < 100 ? one : one with { Id = one.Id + "b" })))); // as many
    }

    [Fact]
    public void Where_pooled_cases_and_folds_disagree_the_report_says_so()
    {
        // The second model ranks every fold perfectly, each on a scale of its own; the first ranks half of each fold and keeps one scale.
        static CaseOutcome Case(int fold, int i, double p) => new(fold, $"f{fold}c{i}", $"f{fold}c{i}", i % 2, [1 - p, p]);
        ReportModel Model(string name, Func<int, int, double> p) => new(name, [.. from fold in Enumerable.Range(0, 2) from i in Enumerable.Range(0, 10) select Case(fold, i, p(fold, i))], []);
        var report = Classes(2, Png()) with
        {
            Models = [Model("one scale", (_, i) => i == 1 ? 0.1 : i % 2 == 1 ? 0.7 : 0.3), Model("own scales", (fold, i) => (fold == 0 ? 0.1 : 0.8) + 0.1 * (i % 2))],
        };
        var evaluation = RunReportFiles.Write(report, Out("doubt"));
        Assert.Equal([1, 1], [evaluation.Models[1].Pooled[0].MeanOfFolds!.Value, evaluation.Models[1].Folds[0].Metrics[0].Value!.Value]);
        Assert.True(evaluation.Comparisons[0].Difference < 0 && evaluation.Comparisons[0].FoldsDifference > 0);
        Assert.Contains("take neither for better", Assert.Single(evaluation.Doubts));
        Assert.Contains("take neither for better", File.ReadAllText(Path.Combine(Out("doubt"), "report.html")));
    }
}
