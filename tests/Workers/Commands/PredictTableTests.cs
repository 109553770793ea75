using System.Globalization;

namespace Mhim.Workers.Tests.Commands;

/// <summary>The <c>predictions.csv</c> of <c>mhim predict</c>: where it may lie, and what its ids and numbers are.</summary>
public sealed class PredictTableTests : TrainFolder
{
    string[][] Table(string path) => [.. File.ReadAllLines(Path.Combine(folder, path)).Select(line => line.Split(','))];

    [Fact]
    public async Task The_folder_of_a_run_keeps_its_held_out_predictions()
    {
        var table = BagTable("bags.csv", 8);
        Assert.Equal(0, (await TrainAsync(table, "run", "--folds", "2")).ExitCode);
        var said = File.ReadAllText(Path.Combine(folder, "run/predictions.csv"));
        foreach (var input in (string[][])[["--bags", table], ["--features", folder], ["--slide", "new.svs"]])
        {
            var refused = await Mhim.InAsync(folder, ["predict", .. input, "--model", "run", "--out", "run"]);
            Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
            Assert.Contains("`run` holds a run.json", refused.Error);
        }
        Assert.Equal(said, File.ReadAllText(Path.Combine(folder, "run/predictions.csv")));
    }

    [Fact]
    public async Task Numbers_are_those_of_the_model_not_what_a_console_shows_of_them()
    {
        var table = BagTable("bags.csv", 8);
        Assert.Equal(0, (await TrainAsync(table, "run", "--folds", "2")).ExitCode);
        var predicted = await Mhim.InAsync(folder, "predict", "--bags", table, "--model", "run/fold-0/baseline", "--out", "result");
        Assert.True(predicted.ExitCode == 0, predicted.Error);
        var answers = Table("result/predictions.csv").Skip(1).ToDictionary(row => row[0], row => row[4]);
        foreach (var held in Table("run/predictions.csv").Skip(1).Where(row => row[0] == "0"))
        {
            Assert.Equal(double.Parse(held[^1], CultureInfo.InvariantCulture), double.Parse(answers[held[2]], CultureInfo.InvariantCulture), 1e-6);
            Assert.DoesNotContain(answers[held[2]], predicted.Output);
        }
    }

    [Fact]
    public async Task Ids_of_bags_stay_as_they_are_and_no_two_share_a_file()
    {
        Assert.Equal(0, (await TrainAsync(BagTable("bags.csv", 8), "run", "--folds", "2")).ExitCode);
        var table = Path.Combine(folder, "new.csv");
        File.WriteAllText(table, File.ReadAllText(Path.Combine(folder, "bags.csv")).Replace("\nb1,", "\na/1,").Replace("\nb3,", "\na_1,").Replace("\nb4,", "\nb\\4,"));
        var predicted = await Mhim.InAsync(folder, "predict", "--bags", table, "--model", "run", "--out", "result");
        Assert.True(predicted.ExitCode == 0, predicted.Error);
        Assert.Equal(["b0", "a/1", "b2", "a_1", "b\\4", "b5", "b6", "b7"], Table("result/predictions.csv").Skip(1).Select(row => row[0]));
        string Instances(string file) => File.ReadAllText(Path.Combine(folder, "result", file + ".instances.csv"));
        Assert.NotEqual(Instances("a_1"), Instances("a_1-2"));
        Assert.Contains("`a/1` is a_1-2", predicted.Error);
        Assert.Equal(8, Directory.GetFiles(Path.Combine(folder, "result"), "*.instances.csv", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task A_table_of_other_columns_or_of_another_order_is_refused()
    {
        var table = BagTable("bags.csv", 8);
        Assert.Equal(0, (await TrainAsync(table, "run", "--folds", "2")).ExitCode);
        var lines = File.ReadAllLines(table);
        var names = lines[0].Split(',');
        async Task<Mhim.Run> With(IEnumerable<string> header, params string[] more)
        {
            File.WriteAllLines(Path.Combine(folder, "new.csv"), [string.Join(',', header), .. lines.Skip(1).Select(line => string.Join(',', [line, .. more]))]);
            return await Mhim.InAsync(folder, "predict", "--bags", "new.csv", "--model", "run", "--out", "result");
        }

        var swapped = await With([.. names[..2], names[3], names[2], .. names[4..]]);
        Assert.Equal((2, 1), (swapped.ExitCode, swapped.ErrorLines.Length));
        Assert.Contains("`new.csv` are called otherwise, or stand in another order", swapped.Error);
        var wider = await With([.. names, "more"], "1");
        Assert.Equal((2, 1), (wider.ExitCode, wider.ErrorLines.Length));
        Assert.Contains($"`new.csv` has {names.Length - 1} features, the model was trained on {names.Length - 2}.", wider.Error);
        Assert.False(Directory.Exists(Path.Combine(folder, "result")));
        Assert.Equal(0, (await With(names.Select(name => $" \"{name.ToUpperInvariant()}\""))).ExitCode);
    }
}
