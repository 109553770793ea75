using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

public sealed class TrainTests : TrainFolder
{
    [Theory]
    [InlineData("abmil", "mhim-v2", "AbMil")]
    [InlineData("abmil-gated", "reference", "GatedAbMil")]
    [InlineData("dsmil", "mhim-v1", "DsMil")]
    [InlineData("transmil", "small", "TransMil")]
    [InlineData("mean", "standard", "MeanPooling")]
    [InlineData("max", "plain", "MaxPooling")]
    public async Task Every_backbone_and_preset_trains_from_the_command_line(string backbone, string preset, string kind)
    {
        var trained = await Mhim.InAsync(folder, "train", "--bags", BagTable("bags.csv", 16), "--backbone", backbone, "--preset", preset, "--epochs", "1",
            "--folds", "2", "--threads", "1", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        var run = ReadJson("run/run.json");
        Assert.Equal(kind, (string)run["options"]!["model"]!["backbone"]!["kind"]!);
        Assert.Equal(kind.EndsWith("Pooling") ? 2 : 4, run["stages"]!.AsArray().Count);
        if (preset == "reference")
            Assert.Contains("chosen on the test part", File.ReadAllText(Path.Combine(folder, "run/fold-0/mhim/card.json")));
    }

    [Fact]
    public async Task Several_seeds_end_in_a_table_and_stages_are_compared()
    {
        var trained = await Mhim.InAsync(folder, "train", "--bags", BagTable("bags.csv", 24), "--preset", "small", "--epochs", "2", "--folds", "2", "--seeds", "2,7", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Matches(@"mean +MHIM on AB-MIL +auc +\d\.\d{3} +\d\.\d{3}", trained.Output);
        Assert.Matches(@"deviation +AB-MIL +auc", trained.Output);
        var table = ReadJson("run/seeds.json");
        Assert.Equal([2, 7], table["seeds"]!.AsArray().Select(seed => (int)seed!));
        var auc = table["models"]![1]!["metrics"]![0]!;
        Assert.Equal(auc["scores"]!.AsArray().Average(score => (double)score!["pooled"]!), (double)auc["mean"]!, 1e-12);
        Assert.Equal((double)ReadJson("run/seed-7/run.json")["summaries"]![1]!["pooled"]!, (double)auc["scores"]![1]!["pooled"]!, 1e-12);
        Assert.True(File.Exists(Path.Combine(folder, "run/seeds.csv")));
        var page = File.ReadAllText(Path.Combine(folder, "run/report.html"));
        Assert.Contains("seed-2/report.html", page);
        Assert.DoesNotContain("Seed of folds", page); // each seed has its own
        Assert.Contains("tie to the teacher", File.ReadAllText(Path.Combine(folder, "run/seed-2/report.html")));

        var gain = await Mhim.InAsync(folder, "compare", "run/seed-2"); // its baseline against its MHIM
        Assert.True(gain.ExitCode == 0, gain.Error);
        Assert.Contains("B: run/seed-2, mhim minus A: run/seed-2, baseline", gain.Output);
        var baselines = await Mhim.InAsync(folder, "compare", "run/seed-2", "run/seed-7", "--stage", "baseline", "--out", "both");
        Assert.True(baselines.ExitCode == 0, baselines.Error);
        Assert.Equal(["A: run/seed-2, baseline", "B: run/seed-7, baseline"], ReadJson("both/metrics.json")["models"]!.AsArray().Select(model => (string)model!["name"]!));
        Assert.DoesNotContain("tie to the teacher", File.ReadAllText(Path.Combine(folder, "both/report.html"))); // baselines have none
        foreach (var wrong in (string[][])[["run/seed-2", "run/seed-2/", "--stage", "mhim"], ["run/seed-2", "--stage", "mhim"], ["run/seed-2", "run/seed-7", "--stage", "teacher"], ["run"]])
        {
            var refused = await Mhim.InAsync(folder, ["compare", .. wrong]);
            Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        }
    }

    [Fact]
    public async Task Calibration_is_reported_before_and_after()
    {
        var zipped = Path.Combine(folder, "bags.csv.gz");
        using (var gzip = new GZipStream(File.Create(zipped), CompressionLevel.Fastest))
            gzip.Write(File.ReadAllBytes(BagTable("bags.csv", 30)));
        var trained = await TrainAsync(zipped, "run", "--folds", "2", "--calibrate");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Matches(@"AB-MIL, calibrated \(temperatures \d+\.\d\d( \(at its bound\))?, \d+\.\d\d( \(at its bound\))?\): Brier 0\.\d{3} to 0\.\d{3}, calibration error", trained.Output);
        Assert.InRange((double)ReadJson("run/fold-0/baseline/card.json")["temperature"]!, 0.25, 10);
    }

    [Fact]
    public async Task A_second_run_into_a_folder_of_another_is_refused_and_leaves_it_as_it_was()
    {
        var table = BagTable("bags.csv", 24);
        Assert.Equal(0, (await TrainAsync(table, "run", "--folds", "2")).ExitCode);
        var splits = File.ReadAllText(Path.Combine(folder, "run/splits/splits_0.csv"));
        var refused = await TrainAsync(table, "run", "--folds", "2", "--seed", "9");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("seed 1 → 9", refused.Error);
        Assert.DoesNotContain("holds a run on another cohort", refused.Error); // the cohort is the same
        Assert.Equal(splits, File.ReadAllText(Path.Combine(folder, "run/splits/splits_0.csv")));
    }

    [Fact]
    public async Task What_a_killed_training_was_writing_does_not_stay_in_the_finished_run()
    {
        string[] own = ["run/fold-0/baseline/checkpoint.mhim-tmp-0123456789ab.safetensors", "run/fold-1/mhim/model.mhim-tmp-0.safetensors", "run/splits/splits_0.mhim-tmp-0.csv", "run/run.mhim-tmp-0.json"];
        string[] others = ["run/s1.mhim-tmp-0.h5", "run/features/s1.mhim-tmp-0.h5"]; // somebody may be writing them now
        foreach (var file in (string[])[.. own, .. others])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), "half");
        }
        var trained = await TrainAsync(BagTable("bags.csv", 16), "run", "--folds", "2");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.All(own, file => Assert.False(File.Exists(Path.Combine(folder, file)), file));
        Assert.All(others, file => Assert.True(File.Exists(Path.Combine(folder, file)), file));
    }

    [Fact]
    public async Task Survival_columns_are_named_and_a_polarity_against_its_name_is_refused()
    {
        WriteSurvivalCohort(out var features, out var labels);
        File.WriteAllText(labels, File.ReadAllText(labels).Replace("survival_months,censorship", "months_seen,alive_at_end", StringComparison.Ordinal));
        string[] train = ["train", "--features", features, "--labels", labels, "--preset", "plain", "--folds", "2", "--epochs", "1", "--threads", "1", "--out", "run"];
        var unnamed = await Mhim.InAsync(folder, train);
        Assert.Equal((2, 1), (unnamed.ExitCode, unnamed.ErrorLines.Length));
        var trained = await Mhim.InAsync(folder, [.. train, "--time-column", "months_seen", "--censor-column", "alive_at_end"]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("22 of 32 patients with an event", trained.Error);
        Assert.Contains("`alive_at_end` 1 read as not observed.", trained.Error);
        Assert.Contains("c_index", trained.Output);

        File.WriteAllText(labels, File.ReadAllText(labels).Replace("alive_at_end", "censorship", StringComparison.Ordinal));
        var reversed = await Mhim.InAsync(folder, [.. train, "--time-column", "months_seen", "--event-column", "censorship"]);
        Assert.Equal((2, 1), (reversed.ExitCode, reversed.ErrorLines.Length));
        Assert.Contains("its name says that 1 means censored", reversed.Error);
    }

    [Fact]
    public async Task Classes_have_the_order_that_is_given_and_risks_their_group()
    {
        WriteSurvivalCohort(out var features, out var labels);
        string[] train = ["train", "--features", features, "--preset", "plain", "--folds", "2", "--epochs", "1", "--threads", "1"];
        var survival = await Mhim.InAsync(folder, [.. train, "--labels", labels, "--out", "survival"]);
        Assert.True(survival.ExitCode == 0, survival.Error);
        var borders = ReadJson("survival/run.json")["stages"]!.AsArray().ToDictionary(stage => (string)stage!["fold"]!.ToJsonString(), stage => (double)stage!["riskThreshold"]!);
        var said = File.ReadAllLines(Path.Combine(folder, "survival/predictions.csv")).Select(line => line.Split(',')).ToArray();
        string Cell(string[] line, string column) => line[Array.IndexOf(said[0], column)];
        Assert.All(said[1..], line => Assert.Equal(double.Parse(Cell(line, "risk"), CultureInfo.InvariantCulture) > borders[line[0]] ? "1" : "0", Cell(line, "high_risk")));

        File.WriteAllLines(labels, ["slide_id,label", .. Enumerable.Range(0, 32).Select(i => $"s{i},{(i % 3) switch { 0 => "low", 1 => "medium", _ => "high" }}")]);
        var graded = await Mhim.InAsync(folder, [.. train, "--labels", labels, "--classes", "low,medium,high", "--out", "graded"]);
        Assert.True(graded.ExitCode == 0, graded.Error);
        Assert.Equal(["low", "medium", "high"], ReadJson("graded/run.json")["classes"]!.AsArray().Select(name => (string)name!));
        Assert.Contains("over cases, squared distance in the order low, medium, high", File.ReadAllText(Path.Combine(folder, "graded/metrics.csv")));
        foreach (var wrong in (string[])["low,medium", "low,medium,high,worst", "low,low", "low"])
        {
            var refused = await Mhim.InAsync(folder, [.. train, "--labels", labels, "--classes", wrong, "--out", "wrong"]);
            Assert.Equal((2, 1, false), (refused.ExitCode, refused.ErrorLines.Length, Directory.Exists(Path.Combine(folder, "wrong"))));
        }
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
        var fromFeatures = await Mhim.InAsync(folder, "predict", "--features", Path.Combine(features, "s3.h5"), "--model", model, "--out", "features-result");
        Assert.True(fromFeatures.ExitCode == 0, fromFeatures.Error);
        var lines = File.ReadAllLines(Path.Combine(folder, "features-result/predictions.csv")).Select(line => line.Split(',')).ToArray();
        var curve = lines[0].Index().Where(column => column.Item.StartsWith("survival to ", StringComparison.Ordinal)).Select(column => double.Parse(lines[1][column.Index], CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(survival.Length, curve.Length);
        Assert.Equal(-curve.Sum(), double.Parse(lines[1][2], CultureInfo.InvariantCulture), 1e-3);
        var instances = File.ReadAllLines(Path.Combine(folder, "features-result/s3.instances.csv"));
        Assert.Equal(6, instances.Length);
        Assert.EndsWith(",score risk,mask", instances[0], StringComparison.Ordinal);
        double[] said = [.. instances[1].Split(',')[4..^1].Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        Assert.Equal(said[..^1].Average(), said[^1], 1e-5);
        Assert.Equal("risk", (string)result["scoredClass"]!);
        var series = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "result", "tiles.json")))!["series"]!.AsArray();
        Assert.Equal(["risk"], series.Where(one => (bool)one!["scored"]!).Select(one => (string)one!["name"]!));
        Assert.Equal(2 + survival.Length, series.Count);
        var (mask, tiles) = (result["mask"]!, (int)result["tiles"]!);
        Assert.Equal("teacher", (string)mask["scoredBy"]!);
        Assert.Equal((int)Math.Ceiling(0.03 * tiles), (int)mask["easyTiles"]!);
        Assert.Equal(tiles - (int)mask["easyTiles"]!, (int)mask["hardTiles"]!);
        Assert.True(File.Exists(Path.Combine(folder, "result", "heatmap.png")));
    }
}
