using System.Text.Json.Nodes;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports;

namespace Mhim.Mil.Tests.Reports;

public sealed class SeedTableTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-seeds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static ModelEvaluation Model(string name, double pooled, double? fold0, double fold1)
    {
        Metric LogRank(double p) => new("logrank_p", "Log-rank p", "groups", p, null, null, HigherIsBetter: false);
        Metric Auc(double? value) => new("auc", "ROC AUC", "second class against first", value, value - 0.1, value + 0.1);
        return new ModelEvaluation(name, 10, 8, [Auc(pooled) with { MeanOfFolds = ((fold0 ?? fold1) + fold1) / 2 }, LogRank(pooled)], [new FoldEvaluation(0, 5, [Auc(fold0)]), new FoldEvaluation(1, 5, [Auc(fold1)])]);
    }

    static SeedTable Three() => SeedTable.Of(
    [
        (1, new RunEvaluation("classification", [Model("AB-MIL", 0.80, 0.7, 0.9), Model("MHIM", 0.84, 0.8, 0.9)], [])),
        (2, new RunEvaluation("classification", [Model("AB-MIL", 0.82, null, 0.9), Model("MHIM", 0.81, 0.8, 0.8)], [])),
        (5, new RunEvaluation("classification", [Model("AB-MIL", 0.84, 0.8, 0.8), Model("MHIM", 0.90, 0.9, 0.9)], [])),
    ]);

    [Fact]
    public void Mean_and_deviation_are_told_per_model_and_the_gain_seed_by_seed()
    {
        var table = Three();
        var auc = table.Models[0].Metrics[0];
        Assert.Equal(0.82, auc.Mean!.Value, 12);
        Assert.Equal(0.02, auc.Deviation!.Value, 12);
        Assert.Equal([0.8, 0.9, 0.8], auc.Scores.Select(score => Math.Round(score.MeanOfFolds!.Value, 12)));
        var gain = Assert.Single(table.Gains);
        Assert.Equal(0.03, gain.Mean!.Value, 12);
        Assert.Equal(2, gain.Better);
        Assert.Equal((0.05 - 0.1 + 0.1) / 3, gain.FoldsMean!.Value, 12);
        Assert.Null(table.Models[0].Metrics[1].Mean); // p-values have none
        Assert.Null(SeedTable.Of([(1, new RunEvaluation("classification", [Model("AB-MIL", 0.8, 0.7, 0.9)], []))]).Models[0].Metrics[0].Deviation);
    }

    [Fact]
    public void The_table_is_written_as_JSON_CSV_and_a_page_that_leads_to_each_seed()
    {
        SeedTableFiles.Write(Three(), new RunReport { Title = "one", Models = [] }, "run, <3> seeds", _folder);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "seeds.json")))!;
        Assert.Equal([1, 2, 5], json["seeds"]!.AsArray().Select(seed => (int)seed!));
        Assert.Equal(0.85, (double)json["models"]![1]!["metrics"]![0]!["mean"]!, 12);
        var lines = File.ReadAllLines(Path.Combine(_folder, "seeds.csv"));
        Assert.Equal("model,metric,average,seed,mean_of_folds,pooled,low95,high95", lines[0]);
        Assert.Equal(1 + 2 * 2 * 5, lines.Length);
        Assert.All(lines, line => Assert.Equal(8, line.Split(',').Length));
        var page = File.ReadAllText(Path.Combine(_folder, "report.html"));
        Assert.Contains("run, &lt;3&gt; seeds", page);
        foreach (var seed in (int[])[1, 2, 5])
            Assert.Contains($"href=\"seed-{seed}/report.html\"", page);
        Assert.Contains("0.850<small>± 0.046", page);
        Assert.Contains(">0.800, 0.820, 0.840<", page);
        Assert.DoesNotContain("lower is better", page);
    }
}
