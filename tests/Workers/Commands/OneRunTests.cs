using System.Runtime.InteropServices;
using System.Text.Json;
using Mhim.Features.Tests;

namespace Mhim.Workers.Tests.Commands;

/// <summary>What must not be mixed into one run.</summary>
public sealed class OneRunTests : TrainFolder
{
    [Fact]
    public async Task Features_of_another_encoder_and_a_second_process_are_not_mixed_into_a_run()
    {
        File.WriteAllLines(Path.Combine(folder, "labels.csv"), ["slide_id,label", .. Enumerable.Range(0, 12).Select(i => $"s{i:00},{i % 2}")]);
        Directory.CreateDirectory(Path.Combine(folder, "pt"));
        var random = new Random(3);
        for (var slide = 0; slide < 12; slide++)
            new PickleAssembler().Tensor("FloatStorage", "0", 20, [5, 4]).Op('.')
                .ZipTo(Path.Combine(folder, "pt", $"s{slide:00}.pt"), ("0", MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, 20).Select(_ => random.NextSingle())]).ToArray()));
        string[] train = ["train", "--features", "pt", "--labels", "labels.csv", "--preset", "plain", "--epochs", "1", "--folds", "2", "--out", "run/"];
        var first = await Mhim.InAsync(folder, [.. train, "--encoder-id", "uni"]);
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Contains("<title>Run run", File.ReadAllText(Path.Combine(folder, "run/report.html")));
        var other = await Mhim.InAsync(folder, [.. train, "--encoder-id", "conch"]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("on features of another encoder", other.Error);
        Assert.Equal(0, (await Mhim.InAsync(folder, [.. train, "--encoder-id", "uni"])).ExitCode);

        File.WriteAllText(Path.Combine(folder, "run/train.lock"), JsonSerializer.Serialize(new { Host = "another", Pid = 1, Started = DateTime.UtcNow }));
        var busy = await Mhim.InAsync(folder, [.. train, "--encoder-id", "uni"]);
        Assert.Equal(2, busy.ExitCode);
        Assert.Contains("Process 1 on another is training in", busy.Error);
    }
}
