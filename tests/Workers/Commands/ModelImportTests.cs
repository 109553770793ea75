using Mhim.Mil.Checkpoints;

namespace Mhim.Workers.Tests.Commands;

/// <summary><c>mhim model import</c>.</summary>
public sealed class ModelImportTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SlideFact]
    public async Task Weights_that_others_trained_become_a_model_once()
    {
        string[] import = ["model", "import", Path.Combine(TestData.Folder!, "weights", "dsmil_c16_aggregator.pth"), "--encoder-id", "simclr-c16", "--out", "dsmil"];
        var made = await Mhim.InAsync(_folder, import);
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Contains("simclr-c16, 512 numbers a tile", made.Output);
        Assert.Equal(["normal", "tumour"], ModelCard.Read(Path.Combine(_folder, "dsmil")).Classes);
        var again = await Mhim.InAsync(_folder, import);
        Assert.Equal((2, 1), (again.ExitCode, again.ErrorLines.Length));

        // In the folder of a run it would be taken for the run's own.
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "run")).FullName, "run.json"), "{}");
        var beside = await Mhim.InAsync(_folder, [.. import[..^1], "run"]);
        Assert.Equal((2, 1), (beside.ExitCode, beside.ErrorLines.Length));
        Assert.Contains("`run` holds a run.json", beside.Error);
        Assert.Equal(["run.json"], Directory.GetFiles(Path.Combine(_folder, "run")).Select(Path.GetFileName));

        File.WriteAllBytes(Path.Combine(_folder, "odd.pt"), [1, 2, 3]);
        foreach (var wrong in (string[])["odd.pt", "missing.pt"])
        {
            var refused = await Mhim.InAsync(_folder, "model", "import", wrong, "--encoder-id", "x", "--out", "odd");
            Assert.Equal((2, 1, false), (refused.ExitCode, refused.ErrorLines.Length, Directory.Exists(Path.Combine(_folder, "odd"))));
            Assert.Contains(wrong, refused.Error);
        }
    }
}
