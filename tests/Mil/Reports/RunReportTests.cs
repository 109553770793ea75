using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Reports.Charts;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Reports;

public sealed class RunReportTests : IDisposable
{
    // Kept where MHIM_REPORT_OUT says, to be looked at.
    readonly string? _keep = Environment.GetEnvironmentVariable("MHIM_REPORT_OUT");
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Out(string name) => Path.Combine(_keep ?? _folder, name);

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
        var other = report.Models[1] with { Cases = [.. report.Models[1].Cases.Select(c => c with { Fold = c.Fold % 2 })], Curves = [] };
        var mixed = RunReportFiles.Write(report with { Models = [report.Models[0], other] }, Out("mixed"));
        Assert.DoesNotContain(">Fold 0<", RunCharts.Folds(mixed));
        Assert.Contains(">All folds<", RunCharts.Folds(mixed));
    }

    [Fact]
    public void Models_over_other_cases_are_no_contest_and_folds_that_were_divided_otherwise_not_the_same()
    {
        var report = Classes(2, "/none.png") with { Galleries = [], Resamples = 50 };
        ReportModel Second(Func<CaseOutcome, int, CaseOutcome?> change) => report.Models[1] with { Cases = [.. report.Models[1].Cases.Select(change).OfType<CaseOutcome>()] };
        string Page(string name, ReportModel second)
        {
            RunReportFiles.Write(report with { Models = [report.Models[0], second] }, Out(name));
            return File.ReadAllText(Path.Combine(Out(name), "report.html"));
        }
        static bool HasFolds(string page) => page.Contains(">Fold 0</text>", StringComparison.Ordinal);
        static bool HasBest(string page) => page.Contains("<td class=\"n\"><strong>", StringComparison.Ordinal);

        var same = Page("same", report.Models[1]);
        Assert.True(HasFolds(same) && HasBest(same));
        Assert.Contains("Over 120 held-out cases of 60 patients", same);
        var divided = Page("divided", Second((one, i) => one with { Fold = (one.Fold + 1) % 5 })); // as many in each
        Assert.True(!HasFolds(divided) && HasBest(divided));
        var fewer = Page("fewer", Second((one, i) => i < 100 ? one : null));
        Assert.True(!HasFolds(fewer) && !HasBest(fewer));
        Assert.Contains("MHIM<small>100 cases of 50 patients</small>", fewer);
        Assert.False(HasBest(Page("others", Second((one, i) => i < 100 ? one : one with { Id = one.Id + "b" })))); // as many
    }

    [Fact]
    public void Who_chose_on_the_test_part_says_what()
    {
        string Said(RunOptions options) => Assert.Single(RunReports.WarningsOf(Overlapping(0.1, options with { ChooseOnTest = true })), warning => warning.Contains("chosen", StringComparison.Ordinal));
        Assert.Equal("The epoch was chosen on the test part: its test score is too good.", Said(new()));
        Assert.Equal("Epoch and settings were chosen on the test part: the test score is too good.", Said(new() { Search = SearchGrid.Reference }));
        Assert.Equal("Epoch, settings and first weights were chosen on the test part: the test score is too good.", Said(new() { Search = SearchGrid.Reference, Restarts = 1 }));
    }

    [Fact]
    public void A_model_that_is_the_worse_one_beyond_doubt_is_told_of()
    {
        var report = RunReports.Of(Overlapping(0.3), Cohort.OfClasses(["normal", "tumour"], []), "run") with { Resamples = 100 };
        string? Loss(RunReport of) => Assert.Single(RunEvaluation.Of(of).Comparisons).Loss;
        Assert.Null(Loss(report));
        Assert.Contains("AB-MIL is worse than MHIM on AB-MIL here: −", Loss(report with { Models = [.. report.Models.Reverse()] }));
    }

    [Fact]
    public void What_a_run_was_trained_with_and_more_warnings_than_a_page_bears_are_in_the_report()
    {
        var options = new RunOptions { Search = SearchGrid.Reference, Restarts = 2, Training = new() { LearningRate = 5e-5 } };
        var report = RunReports.Of(Overlapping(0.1, options), Cohort.OfClasses(["normal", "tumour"], []), "run") with { Resamples = 20 };
        string Fact(string name) => report.Facts.Single(fact => fact.Name == name).Value;
        Assert.Contains("512 wide, dropout 0.25, learning rate 0.0002, weight decay 0.00001, up to 200 epochs", Fact("Settings"));
        Assert.Contains("the best of 3 first weights", Fact("Settings"));
        Assert.Contains("masks 1 or 3 or 5% of the highest scores, keeps 80 or 90% of the rest", Fact("MHIM"));
        Assert.Contains("learning rate 0.00005", Fact("MHIM"));
        Assert.StartsWith("MHIM 1.", Fact("Version"));

        RunReportFiles.Write(report with { Warnings = [.. Enumerable.Range(1, 9).Select(i => $"Doubt {i}.")] }, Out("doubts"));
        var page = File.ReadAllText(Path.Combine(Out("doubts"), "report.html"));
        Assert.Equal(3, Regex.Count(page, "<p class=\"warning\">"));
        Assert.Matches("(?s)6 more warnings</summary>.*Doubt 4.*Doubt 9", page);
    }

    [Fact]
    public void A_finished_run_becomes_a_report_with_the_baseline_first()
    {
        HeldOut Row(int fold, string stage, int i) => new(fold, stage, $"s{i}", $"p{i}", i % 2, null, null, i % 2 == 0 ? [0.8, 0.2] : [0.3, 0.7], null);
        var run = new RunResult(new RunOptions(), "stain-texture", ["normal", "tumour"],
        [
            .. from fold in Enumerable.Range(0, 2)
               from stage in new[] { "baseline", "mhim" }
               select new StageResult(fold, stage, $"fold-{fold}/{stage}", 1, "auc", 0.9, 0.8, 61.5, [new(1, 1, 0.5, 1), new(0.5, 0.7, 0.9, 0.3)],
                   [.. Enumerable.Range(0, 6).Select(i => Row(fold, stage, fold * 6 + i))])
        ], [], "fold-1/mhim", ["empty-slide"]);
        var cohort = Cohort.OfClasses(run.Classes, [.. Enumerable.Range(0, 12).Select(i => new CohortRow($"s{i}", $"p{i}", [$"s{i}"], i % 2))]);
        var report = RunReports.Of(run, cohort, "A run");
        Assert.Equal(["AB-MIL", "MHIM on AB-MIL"], report.Models.Select(model => model.Name));
        Assert.All(report.Models, model => Assert.Equal(12, model.Cases.Count));
        Assert.Equal("1 row without a single instance was left out: empty-slide.", Assert.Single(report.Warnings));
        var evaluation = RunReportFiles.Write(report with { Resamples = 50 }, Out("run"));
        Assert.Equal(1, evaluation.Models[1].Pooled[0].Value);
        Assert.Equal(1, evaluation.Comparisons[0].DeLongP);
        Assert.Contains("0:04:06 for 4 models", File.ReadAllText(Path.Combine(Out("run"), "report.html")));
    }

    static RunResult Overlapping(double shift, RunOptions? options = null) => new(options ?? new RunOptions(), "stain-texture", ["normal", "tumour"],
        [.. from fold in Enumerable.Range(0, 3)
            from stage in new[] { "baseline", "mhim" }
            let random = new Random(10 * fold + (stage == "mhim" ? 1 : 2))
            select new StageResult(fold, stage, $"fold-{fold}/{stage}", 0, "auc", 0.9, 0.8, 1, [new(1, 1, 0.9, 1)],
                [.. Enumerable.Range(5 * fold, 20).Select(i => (i, p: 0.3 * random.NextDouble() + (i % 2 == 1 && stage == "mhim" ? shift : 0)))
                    .Select(c => new HeldOut(fold, stage, $"s{c.i}", $"p{c.i}", c.i % 2, null, null, [1 - c.p, c.p], null))])], [], "fold-1/mhim", []);

    [Fact]
    public void Cases_that_several_folds_test_are_compared_in_all_of_them_and_told()
    {
        var run = Overlapping(0.1);
        var report = RunReports.Of(run, Cohort.OfClasses(run.Classes, []), "Monte Carlo") with { Resamples = 100 };
        Assert.Contains("20 cases are in the test parts of several folds", Assert.Single(report.Warnings));
        var evaluation = RunEvaluation.Of(report);
        Assert.Equal(60, evaluation.Models[0].Cases);
        Assert.Null(evaluation.Comparisons[0].DeLongP);
        Assert.Equal(evaluation.Models[1].Pooled[0].Value!.Value - evaluation.Models[0].Pooled[0].Value!.Value, evaluation.Comparisons[0].Difference!.Value, 1e-12);
        var other = RunComparison.Of(run, Overlapping(0.2));
        Assert.Equal((30, 0, 0), (other.Cases, other.OnlyHere, other.OnlyThere));
        Assert.Equal(other.Here!.Value - other.There!.Value, other.Difference.Difference!.Value, 1e-12);
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

    [Fact]
    public void A_fold_that_could_not_be_calibrated_is_as_it_was_and_the_report_says_so()
    {
        var run = Overlapping(0.1);
        run = run with { Stages = [.. run.Stages.Select(stage => stage.Fold == 0 ? stage : stage with { Temperature = stage.Fold == 1 ? 10 : 1.5 })] };
        var report = RunReports.Of(run, Cohort.OfClasses(run.Classes, []), "run");
        Assert.Equal("none, 10.00 (at its bound), 1.50", report.Calibration[1].TemperaturesInWords());
        Assert.Contains(report.Warnings, warning => warning.Contains("could not be calibrated", StringComparison.Ordinal));
        var ones = RunReports.Of(run with { Stages = [.. run.Stages.Select(stage => stage.Temperature is null ? stage : stage with { Temperature = 1 })] }, Cohort.OfClasses(run.Classes, []), "run").Calibration[1];
        Assert.Equal(ones.After.Brier, ones.Before.Brier, 1e-12); // as it was: nothing is undone in the fold without a temperature
    }

    [Fact]
    public void A_run_that_chose_by_the_test_part_says_so()
    {
        var run = Overlapping(0.1, new RunOptions { ChooseOnTest = true });
        var report = RunReports.Of(run, Cohort.OfClasses(run.Classes, []), "Reference");
        Assert.DoesNotContain("had not seen", report.Lead);
        Assert.Contains("too good", report.Warnings[0]);
        var survival = new RunResult(run.Options, "stain-texture", [],
            [new StageResult(0, "baseline", "fold-0/baseline", 0, "c_index", 0.9, 0.8, 108_000, [], [.. Enumerable.Range(0, 6).Select(i => new HeldOut(0, "baseline", $"s{i}", $"p{i}", -1, i + 1, true, [], i))]) { RiskThreshold = 3 }], [], "fold-0/baseline", []);
        report = RunReports.Of(survival, Cohort.OfSurvival([]), "Reference") with { Resamples = 20 };
        Assert.EndsWith("of all patients, held-out ones too", RunEvaluation.Of(report).Models[0].Pooled.Single(metric => metric.Name == "logrank_p").Average);
        Assert.Contains("border of high risk come from all patients", report.Warnings[0]);
        Assert.Contains(report.Facts, fact => fact.Value.StartsWith("30:00:00", StringComparison.Ordinal));
        Assert.DoesNotContain("validation", report.Facts.Single(fact => fact.Name == "Best model").Value);
    }
}
