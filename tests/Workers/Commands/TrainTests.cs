using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

public sealed class TrainTests : TrainFolder
{
    [Fact]
    public async Task A_run_on_written_splits_is_the_run_that_wrote_them_and_compare_says_so()
    {
        var table = BagTable("bags.csv", 24);
        var first = await TrainAsync(table, "first", "--folds", "2", "--seed", "3");
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Contains("24", first.Error); // the cohort in words, before training
        foreach (var file in (string[])["run.json", "metrics.json", "metrics.csv", "predictions.csv", "report.html", "splits/splits_0.csv"])
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
    public async Task Splits_and_ways_to_make_splits_exclude_each_other()
    {
        var refused = await TrainAsync(BagTable("bags.csv", 24), "run", "--splits", folder, "--folds", "4");
        Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        Assert.Contains("--folds", refused.Error);
        Assert.False(Directory.Exists(Path.Combine(folder, "run")));
    }

    [Fact]
    public async Task Splits_of_the_users_own_are_never_written_over()
    {
        var table = BagTable("bags.csv", 24);
        Assert.Equal(0, (await TrainAsync(table, "first", "--folds", "2")).ExitCode);
        var own = Path.Combine(folder, "run/splits");
        Directory.CreateDirectory(own);
        foreach (var (from, to) in ((string, string)[])[("splits_0.csv", "splits_0.csv"), ("splits_1.csv", "splits_9.csv")])
            File.WriteAllText(Path.Combine(own, to), File.ReadAllText(Path.Combine(folder, "first/splits", from)) + "\n");
        var before = Directory.GetFiles(Path.Combine(folder, "run"), "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllText);
        foreach (var more in (string[][])[["--folds", "2"], ["--splits", own], ["--splits", Path.Combine(folder, "first/splits")]])
        {
            var refused = await TrainAsync(table, "run", more);
            Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
            Assert.Contains("splits", refused.Error);
            Assert.Equal(before, Directory.GetFiles(Path.Combine(folder, "run"), "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllText));
        }
        // A run's own splits are no hindrance when it goes on, but nobody needs to give them.
        Assert.Equal(0, (await TrainAsync(table, "first", "--folds", "2")).ExitCode);
        Assert.Contains("a folder of their own", (await TrainAsync(table, "first", "--splits", Path.Combine(folder, "first/splits/"))).Error);
    }

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
    public async Task Sites_are_kept_whole_when_asked_and_told_of()
    {
        WriteSurvivalCohort(out var features, out var labels);
        var lines = File.ReadAllLines(labels);
        File.WriteAllLines(labels, lines.Select((line, i) => line + (i == 0 ? ",site" : $",s{i % 4}")));
        string[] train = ["train", "--features", features, "--labels", labels, "--preset", "plain", "--folds", "2", "--epochs", "1", "--threads", "1"];
        var trained = await Mhim.InAsync(folder, [.. train, "--preserve-sites", "--out", "run"]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("Sites are kept whole", trained.Error);
        Assert.DoesNotContain("Warning: Fold", trained.Error);
        // The same parts given from outside: nobody asked, so it is a warning, in the report too.
        var given = await Mhim.InAsync(folder, [.. train[..^2].Where(word => word is not ("--folds" or "2")), "--splits", "run/splits", "--out", "given"]);
        Assert.True(given.ExitCode == 0, given.Error);
        Assert.Contains("Warning: Fold 0: all 8 rows of site `s", given.Error);
        Assert.Contains("8 rows of site <code>s", File.ReadAllText(Path.Combine(folder, "given/report.html")));
        var sites = lines.Skip(1).Select((line, i) => (Slide: line.Split(',')[1].Replace(".svs", ""), Site: (i + 1) % 4)).ToDictionary(pair => pair.Slide, pair => pair.Site);
        var split = File.ReadAllLines(Path.Combine(folder, "run/splits/splits_0.csv")).Skip(1).Select(line => line.Split(',')).ToArray();
        var parts = Enumerable.Range(1, 3).Select(column => split.Select(line => line[column]).Where(slide => slide.Length > 0).Select(slide => sites[slide]).ToHashSet()).ToArray();
        Assert.Equal(4, parts.Sum(part => part.Count)); // no site in two parts
    }

    [Fact]
    public async Task What_of_the_table_is_left_out_is_counted_in_the_report_and_the_run()
    {
        WriteSurvivalCohort(out var features, out var labels);
        Directory.CreateDirectory(Path.Combine(folder, "own"));
        string Slide(int from, int count, int i) => i < count ? $"s{from + i}" : "";
        foreach (var (fold, test, tested) in ((int, int, int)[])[(0, 16, 6), (1, 22, 2)])
            File.WriteAllLines(Path.Combine(folder, $"own/splits_{fold}.csv"), [",train,val,test", .. Enumerable.Range(0, 12).Select(i => $"{i},s{i},{Slide(12, 4, i)},{Slide(test, tested, i)}")]);
        File.Delete(Path.Combine(features, "s22.h5"));
        File.Delete(Path.Combine(features, "s23.h5"));
        var trained = await Mhim.InAsync(folder, "train", "--features", features, "--labels", labels, "--preset", "plain", "--epochs", "1", "--threads", "1", "--splits", "own", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        string[] expected =
        [
            "2 of 32 slides of the table have no features and were left out: s22, s23.",
            "8 of 32 rows of the table are in no split file and were left out: p24, p25, p26, p27, p28, p29, p30, p31.",
            "Not every split file names every row that the others name: fold 0 has 22 of 24, fold 1 has 18 of 24.",
            "Fold 1: none of the 2 rows of the test part has features, so its models are not tested.",
        ];
        var page = File.ReadAllText(Path.Combine(folder, "run/report.html"));
        var said = ReadJson("run/run.json")["warnings"]!.AsArray().Select(warning => (string)warning!).ToArray();
        foreach (var sentence in expected)
        {
            Assert.Contains(sentence, said);
            Assert.Contains(sentence, page);
            Assert.Contains(sentence, trained.Error);
        }
    }

    [Fact]
    public async Task A_seed_whose_folds_leave_a_class_out_is_told_before_the_first_is_trained()
    {
        WriteSurvivalCohort(out var features, out var labels);
        File.WriteAllLines(labels, ["case_id,slide_id,label,site", .. Enumerable.Range(0, 32).Select(i => $"p{i},s{i},{(i % 4 < 2 && i < 16 ? "rare" : "usual")},site{i % 4}")]);
        string[] train = ["train", "--features", features, "--labels", labels, "--preset", "plain", "--preserve-sites", "--folds", "4", "--epochs", "1", "--threads", "1"];
        var refused = await Mhim.InAsync(folder, [.. train, "--seeds", "8", "--out", "run"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Matches(@"Fold \d: the training part has no row of class `rare`", refused.Error);
        Assert.False(Directory.Exists(Path.Combine(folder, "run")));
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
