using System.Text.Json.Nodes;

namespace Mhim.Workers.Tests.Commands;

/// <summary><c>mhim compare</c>.</summary>
public sealed class CompareTests : TrainFolder
{
    [Fact]
    public async Task A_folder_that_holds_a_run_gets_no_comparison_and_one_without_a_name_nothing()
    {
        var table = BagTable("bags.csv", 16);
        var trained = await Mhim.InAsync(folder, "train", "--bags", table, "--preset", "small", "--epochs", "1", "--folds", "2", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("Best mhim model by validation", trained.Output);
        var report = File.ReadAllText(Path.Combine(folder, "run/report.html"));
        var compared = await Mhim.InAsync(folder, "compare", "run", "--out", "run");
        Assert.Equal((2, 1), (compared.ExitCode, compared.ErrorLines.Length));
        var seeds = await Mhim.InAsync(folder, "train", "--bags", table, "--preset", "small", "--epochs", "1", "--folds", "2", "--seeds", "2", "--out", "run");
        Assert.Equal(2, seeds.ExitCode);
        Assert.Equal(report, File.ReadAllText(Path.Combine(folder, "run/report.html")));
        var nameless = await Mhim.InAsync(folder, "train", "--bags", table, "--out", "");
        Assert.Equal(2, nameless.ExitCode);
        Assert.Contains("--out names a folder", nameless.Error);
    }

    [Fact]
    public async Task Runs_on_other_cases_are_not_compared()
    {
        Assert.Equal(0, (await TrainAsync(BagTable("a.csv", 24), "a", "--folds", "2")).ExitCode);
        foreach (var (from, to) in ((string, string)[])[("\nb", "\nother"), ("\nb3,1,", "\nb3,0,")])
        {
            File.WriteAllText(Path.Combine(folder, "b.csv"), File.ReadAllText(Path.Combine(folder, "a.csv")).Replace(from, to));
            if (Directory.Exists(Path.Combine(folder, "b")))
                Directory.Delete(Path.Combine(folder, "b"), recursive: true);
            Assert.Equal(0, (await TrainAsync(Path.Combine(folder, "b.csv"), "b", "--folds", "2")).ExitCode);
            var refused = await Mhim.InAsync(folder, "compare", "a", "b");
            Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        }
        // Where one has more they are compared on what both have, as for a slide on which one encoder failed.
        Assert.Equal(0, (await TrainAsync(BagTable("more.csv", 28), "more", "--folds", "2")).ExitCode);
        var compared = await Mhim.InAsync(folder, "compare", "a", "more");
        Assert.True(compared.ExitCode == 0, compared.Error);
        Assert.Contains("4 cases are in one of the runs only, such as `b24`: compared are the 24 that both have", compared.Error);
    }

    [Fact]
    public async Task A_run_of_survival_and_one_of_classes_are_called_that()
    {
        Assert.Equal(0, (await TrainAsync(BagTable("bags.csv", 8), "classes", "--folds", "2")).ExitCode);
        // A run of survival is one without classes.
        var run = ReadJson("classes/run.json");
        run["classes"] = new JsonArray();
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "survival")).FullName, "run.json"), run.ToJsonString());
        foreach (var runs in (string[][])[["classes", "survival"], ["survival", "classes"]])
        {
            var refused = await Mhim.InAsync(folder, ["compare", .. runs]);
            Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
            Assert.Contains("`survival` is a run of survival, `classes` one of classes", refused.Error);
        }
    }

    [Fact]
    public async Task A_comparison_tells_what_is_to_be_doubted_in_either_run_and_whose_calibration_it_shows()
    {
        var table = BagTable("bags.csv", 30);
        var usual = await TrainAsync(table, "usual", "--folds", "2", "--calibrate");
        Assert.True(usual.ExitCode == 0, usual.Error);
        var reference = await Mhim.InAsync(folder, "train", "--bags", table, "--preset", "reference", "--epochs", "1", "--folds", "2", "--out", "reference");
        Assert.True(reference.ExitCode == 0, reference.Error);
        foreach (var (a, b, which) in (((string, string, string)[])[("usual", "reference", "B"), ("reference", "usual", "A")]))
        {
            var compared = await Mhim.InAsync(folder, "compare", a, b, "--stage", "baseline", "--out", $"both-{which}");
            Assert.True(compared.ExitCode == 0, compared.Error);
            Assert.Contains($"Warning: {which}, `reference`: The epoch was chosen on the test part", compared.Error);
            Assert.Contains("The epoch was chosen on the test part", File.ReadAllText(Path.Combine(folder, $"both-{which}/report.html")));
            Assert.Equal($"{(which == "A" ? "B" : "A")}: usual, baseline", (string)Assert.Single(ReadJson($"both-{which}/metrics.json")["calibration"]!.AsArray())!["model"]!);
        }
        var both = await TrainAsync(table, "seeds", "--seed", "7", "--seeds", "2");
        Assert.Equal((2, false), (both.ExitCode, Directory.Exists(Path.Combine(folder, "seeds"))));
        Assert.Contains("--seeds", both.Error);
    }
}
