using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Mhim.EndToEnd.Tests;

/// <summary><c>mhim train</c> as a real process, killed the hard way whenever it happens to be somewhere.</summary>
public sealed partial class KilledTrainingTests : IDisposable
{
    // As musk's: few rows, and a width that is no multiple of what a processor multiplies at a time. Sums would differ if the numbers did not always lie alike.
    const int Bags = 92, Width = 166;

    readonly string folder = Directory.CreateTempSubdirectory("mhim-killed-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("0")]    // state on disk after each step: a kill strikes between two steps, or within the writing
    [InlineData("0.1")]  // rarely: the steps since then are done again
    public async Task A_training_killed_at_random_moments_ends_with_the_same_weights_bit_for_bit(string checkpointSeconds)
    {
        var table = WriteBags();
        Process Train(string run) => Server.StartProcess("train", "--bags", table, "--preset", "small", "--folds", "2", "--epochs", "12", "--threads", "1",
            "--seed", "5", "--device", "cpu", "--checkpoint-seconds", checkpointSeconds, "--out", Path.Combine(folder, run));

        await FinishAsync(Train("whole"));
        var random = new Random(); // any moment will do, every run another one
        var underWay = 0;
        for (var kills = 0; kills < 4; kills++)
        {
            using var process = Train("killed");
            _ = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            // The first kills strike a training that is surely under way: this process has written a state of its own. The last may strike anything.
            if (kills < 3)
                await UntilAsync(() => process.HasExited || CheckpointSince(process.StartTime.ToUniversalTime()));
            await Task.Delay(random.Next(0, 400));
            underWay += process.HasExited ? 0 : 1;
            process.Kill(); // SIGKILL
            await process.WaitForExitAsync();
        }
        Assert.True(underWay >= 2, "The training was over before it could be killed.");
        await FinishAsync(Train("killed"));

        var (whole, killed) = (Path.Combine(folder, "whole"), Path.Combine(folder, "killed"));
        var weights = Directory.GetFiles(whole, "*.safetensors", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(whole, path)).Order().ToArray();
        Assert.Contains("fold-1/mhim/model.safetensors", weights);
        Assert.Equal(weights, Directory.GetFiles(killed, "*.safetensors", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(killed, path)).Order());
        foreach (var file in weights)
            Assert.True(File.ReadAllBytes(Path.Combine(whole, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(killed, file))), file + " differs");
        foreach (var file in (string[])["run.json", "metrics.json", "metrics.csv", "fold-0/mhim/card.json", "fold-1/mhim/card.json", "splits/splits_1.csv"])
            Assert.Equal(WithoutTimes(Path.Combine(whole, file)), WithoutTimes(Path.Combine(killed, file)));
    }

    bool CheckpointSince(DateTime start) =>
        Directory.GetFiles(folder, "checkpoint.safetensors", SearchOption.AllDirectories).Any(path => File.Exists(path) && File.GetLastWriteTimeUtc(path) > start);

    static async Task UntilAsync(Func<bool> holds)
    {
        for (var clock = Stopwatch.StartNew(); !holds(); await Task.Delay(2))
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(5), "Nothing happens.");
    }

    static async Task FinishAsync(Process started)
    {
        using var process = started;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(15)).Token);
        await output;
        Assert.True(process.ExitCode == 0, await error);
    }

    static string WithoutTimes(string path) => Seconds().Replace(File.ReadAllText(path), "");

    [GeneratedRegex("\"seconds\": [0-9.E-]+,")]
    private static partial Regex Seconds();

    string WriteBags()
    {
        var random = new Random(5);
        var text = new StringBuilder("bag_id,bag_label," + string.Join(',', Enumerable.Range(0, Width).Select(d => $"f{d}")) + "\n");
        for (var bag = 0; bag < Bags; bag++)
            for (var i = 0; i < 1 + bag * 7 % 9; i++)
                text.Append(CultureInfo.InvariantCulture, $"b{bag},{bag % 2},").AppendJoin(',', Enumerable.Range(0, Width)
                    .Select(d => (random.NextDouble() + (bag % 2 == 1 && i < 4 && d < 3 ? 0.8 : 0)).ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        var path = Path.Combine(folder, "bags.csv");
        File.WriteAllText(path, text.ToString());
        return path;
    }
}
