using System.Text.Json.Nodes;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Reports;

/// <summary>A mean of folds is over folds that hold every class, and says how many those are.</summary>
public sealed class MeanOfFoldsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-folds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Folds of six cases each, whose classes are those given.</summary>
    static ReportModel Model(string name, int classes, Func<int, double> skill, params int[][] folds)
    {
        var random = new Random(3);
        return new(name,
        [
            .. from fold in Enumerable.Range(0, folds.Length)
               from i in Enumerable.Range(0, 6)
               let label = folds[fold][i % folds[fold].Length]
               let p = Enumerable.Range(0, classes).Select(c => random.NextDouble() + (c == label ? skill(fold) : 0)).ToArray()
               select new CaseOutcome(fold, $"f{fold}c{i}", $"f{fold}c{i}", label, [.. p.Select(x => x / p.Sum())])
        ], []);
    }

    static RunReport Report(int classes, params ReportModel[] models) =>
        new() { Title = "Folds", Classes = [.. new[] { "a", "b", "c" }.Take(classes)], Models = models, Resamples = 20 };

    [Fact]
    public void A_fold_that_lacks_a_class_does_not_count_and_every_place_says_so()
    {
        int[][] folds = [[0, 1, 2], [0, 1], [0, 1, 2]];     // of two classes alone fold 1 is easy
        var evaluation = RunReportFiles.Write(Report(3, Model("plain", 3, _ => 0.1, folds), Model("mhim", 3, fold => fold == 1 ? 9 : 0.1, folds)), _folder);
        foreach (var model in evaluation.Models)
            for (var i = 0; i < model.Pooled.Count; i++)
            {
                Assert.Equal((model.Folds[0].Metrics[i].Value + model.Folds[2].Metrics[i].Value) / 2, model.Pooled[i].MeanOfFolds);
                Assert.Equal(2, model.Pooled[i].FoldsInMean);
            }
        var gain = Assert.Single(evaluation.Comparisons);
        Assert.Equal((2, 3), (gain.FoldsInMean, gain.Folds));
        Assert.Equal((evaluation.Models[1].Pooled[0].MeanOfFolds - evaluation.Models[0].Pooled[0].MeanOfFolds)!.Value, gain.FoldsDifference!.Value, 1e-12);
        var page = File.ReadAllText(Path.Combine(_folder, "report.html"));
        Assert.Contains("; mean of 2 of 3 folds 0.", page);
        Assert.DoesNotContain("mean of folds", page);
        Assert.All(File.ReadLines(Path.Combine(_folder, "metrics.csv")).Where(line => line.Contains(",mean,", StringComparison.Ordinal)), line => Assert.Contains("; mean of 2 of 3 folds", line));
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "metrics.json")))!;
        Assert.Equal(2, (int)json["models"]![0]!["pooled"]![0]!["foldsInMean"]!);

        var seeds = SeedTable.Of([(4, evaluation), (5, RunEvaluation.Of(Report(3, Model("plain", 3, _ => 1, [0, 1, 2]), Model("mhim", 3, _ => 1, [0, 1, 2]))))]);
        SeedTableFiles.Write(seeds, new RunReport { Title = "", Models = [] }, "seeds", Path.Combine(_folder, "seeds"));
        Assert.Equal("seed 4: 2 of 3 folds", seeds.Gains[0].OfSomeFolds);
        Assert.Contains("(mean of 2 of 3 folds)</td>", File.ReadAllText(Path.Combine(_folder, "seeds/report.html")));
        Assert.Single(File.ReadLines(Path.Combine(_folder, "seeds/seeds.csv")), line => line.StartsWith("mhim,auc,", StringComparison.Ordinal) && line.Contains("; mean of 2 of 3 folds\",4,", StringComparison.Ordinal)
            || line.StartsWith("mhim,auc,", StringComparison.Ordinal) && line.Contains("; mean of 2 of 3 folds,4,", StringComparison.Ordinal));
    }

    [Fact]
    public void The_doubt_names_the_folds_that_it_rests_on()
    {
        static CaseOutcome Case(int fold, int i, double p) => new(fold, $"f{fold}c{i}", $"f{fold}c{i}", fold == 2 ? 0 : i % 2, [1 - p, p]);
        ReportModel Of(string name, Func<int, int, double> p) => new(name, [.. from fold in Enumerable.Range(0, 3) from i in Enumerable.Range(0, 10) select Case(fold, i, p(fold, i))], []);
        var evaluation = RunEvaluation.Of(Report(2, Of("one scale", (_, i) => i == 1 ? 0.1 : i % 2 == 1 ? 0.7 : 0.3), Of("own scales", (fold, i) => (fold == 0 ? 0.1 : 0.8) + 0.1 * (i % 2))));
        Assert.Contains("in the mean of 2 of 3 folds", Assert.Single(evaluation.Doubts));
    }

    [Fact]
    public void A_run_writes_how_many_folds_its_mean_is_of()
    {
        var (cohort, bags) = Planted.Cohort(24, 5);
        CohortRow[] Of(int label) => [.. cohort.Rows.Where(row => row.Label == label)];
        var (no, yes) = (Of(0), Of(1));
        Split[] splits =
        [
            new(0, [.. no[..4], .. yes[..4]], [no[4], yes[4]], [.. no[5..8], .. yes[5..8]]),
            new(1, [.. no[..4], .. yes[..4]], [no[4], yes[4]], [.. no[8..]]),
        ];
        var options = Planted.Plain(1);
        var result = TrainingRun.Execute(cohort, splits, bags, options, Path.Combine(_folder, "run"));
        Assert.Equal((result.Stages[0].Test, 1), (result.Summaries[0].MeanOfFolds, result.Summaries[0].FoldsInMean));
        Assert.Equal(1, (int)JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "run/run.json")))!["summaries"]![0]!["foldsInMean"]!);
        Assert.Equal(1, RunEvaluation.Of(RunReports.Of(result, cohort, "run")).Models[0].Pooled[0].FoldsInMean);
    }
}
