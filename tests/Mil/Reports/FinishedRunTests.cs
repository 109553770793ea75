using System.Text.RegularExpressions;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Reports;

/// <summary>What the report of a finished run says of it.</summary>
public sealed class FinishedRunTests : ReportFolder
{
    static RunResult Overlapping(double shift, RunOptions? options = null) => new(options ?? new RunOptions(), "stain-texture", ["normal", "tumour"],
        [.. from fold in Enumerable.Range(0, 3)
            from stage in new[] { "baseline", "mhim" }
            let random = new Random(10 * fold + (stage == "mhim" ? 1 : 2))
            select new StageResult(fold, stage, $"fold-{fold}/{stage}", 0, "auc", 0.9, 0.8, 1, [new(1, 1, 0.9, 1)],
                [.. Enumerable.Range(5 * fold, 20).Select(i => (i, p: 0.3 * random.NextDouble() + (i % 2 == 1 && stage == "mhim" ? shift : 0)))
                    .Select(c => new HeldOut(fold, stage, $"s{c.i}", $"p{c.i}", c.i % 2, null, null, [1 - c.p, c.p], null))])], [], "fold-1/mhim", []);

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
