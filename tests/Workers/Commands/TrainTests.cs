using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

public sealed class TrainTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-train-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string BagTable(string name, int bags)
    {
        var random = new Random(5);
        var text = new StringBuilder("bag_id,bag_label,f0,f1,f2\n");
        for (int bag = 0; bag < bags; bag++)
            for (int i = 0; i < 6; i++)
                text.Append(CultureInfo.InvariantCulture, $"b{bag},{bag % 2},{random.NextDouble() + (bag % 2 == 1 && i == 0 ? 3 : 0)},{random.NextDouble()},{random.NextDouble()}\n");
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text.ToString());
        return path;
    }

    Task<Mhim.Run> TrainAsync(string table, string run, params string[] more) =>
        Mhim.InAsync(folder, ["train", "--bags", table, "--preset", "plain", "--epochs", "3", "--out", Path.Combine(folder, run), .. more]);

    [Fact]
    public async Task A_run_on_written_splits_is_the_run_that_wrote_them_and_compare_says_so()
    {
        var table = BagTable("bags.csv", 24);
        var first = await TrainAsync(table, "first", "--folds", "2", "--seed", "3");
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Contains("24", first.Error); // the cohort in words, before training
        foreach (var file in (string[])["run.json", "metrics.json", "metrics.csv", "report.html", "splits/splits_0.csv"])
            Assert.True(File.Exists(Path.Combine(folder, "first", file)), file);
        var second = await TrainAsync(table, "second", "--splits", Path.Combine(folder, "first", "splits"), "--seed", "3");
        Assert.True(second.ExitCode == 0, second.Error);

        var same = await Mhim.InAsync(folder, "compare", "first", "second", "--out", "both");
        Assert.True(same.ExitCode == 0, same.Error);
        Assert.True(File.Exists(Path.Combine(folder, "both", "report.html")));
        var comparison = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "both", "metrics.json")))!["comparisons"]![0]!;
        Assert.Equal(0.0, (double)comparison["difference"]!, 1e-12);
    }

    [Fact]
    public async Task Runs_on_other_cases_are_not_compared()
    {
        Assert.Equal(0, (await TrainAsync(BagTable("a.csv", 24), "a", "--folds", "2")).ExitCode);
        Assert.Equal(0, (await TrainAsync(BagTable("b.csv", 28), "b", "--folds", "2")).ExitCode);
        var refused = await Mhim.InAsync(folder, "compare", "a", "b");
        Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
    }

    [Fact]
    public async Task Splits_and_ways_to_make_splits_exclude_each_other()
    {
        var refused = await TrainAsync(BagTable("bags.csv", 24), "run", "--splits", folder, "--folds", "4");
        Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        Assert.Contains("--folds", refused.Error);
        Assert.False(Directory.Exists(Path.Combine(folder, "run")));
    }

    [SlideFact]
    public async Task A_survival_cohort_is_read_back_in_words_and_its_model_predicts_a_risk()
    {
        WriteSurvivalCohort(out var features, out var labels);
        var trained = await Mhim.InAsync(folder, "train", "--features", features, "--labels", labels, "--preset", "small", "--folds", "2", "--epochs", "2", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("`censorship` 1 read as not observed", trained.Error);

        var model = Path.Combine(folder, "run", (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "run", "run.json")))!["bestModel"]!);
        var predicted = await Mhim.InAsync(folder, "predict", "--slide", TestData.Slide("CMU-1-Small-Region.svs"), "--model", model, "--out", "result");
        Assert.True(predicted.ExitCode == 0, predicted.Error);
        var result = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "result", "prediction.json")))!;
        var survival = result["survival"]!.AsArray().Select(point => (double)point!["probability"]!).ToArray();
        Assert.Equal(survival.OrderDescending(), survival);
        Assert.All(survival, share => Assert.InRange(share, 0, 1));
        Assert.Equal(-survival.Sum(), (double)result["risk"]!, 1e-4); // risk = −ΣS
        Assert.True(File.Exists(Path.Combine(folder, "result", "heatmap.png")));
    }

    void WriteSurvivalCohort(out string features, out string labels)
    {
        features = Path.Combine(folder, "features");
        labels = Path.Combine(folder, "survival.csv");
        var random = new Random(9);
        var table = new StringBuilder("case_id,slide_id,survival_months,censorship\n");
        for (int patient = 0; patient < 32; patient++)
        {
            var values = new float[5 * 256];
            for (int i = 0; i < values.Length; i++)
                values[i] = random.NextSingle();
            TridentFile.WriteFeatures(Path.Combine(features, $"s{patient}.h5"), new FeatureBag($"s{patient}", "stain-texture", 256, values,
                [.. Enumerable.Range(0, 5).Select(i => new TileCoord(256 * i, 0))], new TileGeometry(256, 256, 0, 0.5, 0.5, 2000, 2000)));
            table.Append(CultureInfo.InvariantCulture, $"p{patient},s{patient}.svs,{3 + patient * 1.5},{patient % 3 / 2}\n");
        }
        File.WriteAllText(labels, table.ToString());
    }
}
