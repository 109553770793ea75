using System.Text.Json.Nodes;

namespace Mhim.Workers.Tests.Commands;

/// <summary>How <c>mhim train</c> divides patients, or takes splits that are given.</summary>
public sealed class TrainSplitsTests : TrainFolder
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
}
