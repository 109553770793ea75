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
}
