using System.Text.Json.Nodes;
using Mhim.Features.Files;
using Mhim.Tiling.Synthetic;

namespace Mhim.Workers.Tests.Batch;

/// <summary>Features of an earlier run with other settings.</summary>
public sealed class EarlierOutputTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-earlier-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string In(string path) => Path.Combine(folder, path);

    [Fact]
    public async Task Where_a_slide_fails_with_the_settings_of_now_features_of_others_do_not_stand_for_it()
    {
        Directory.CreateDirectory(In("slides"));
        foreach (var (name, seed) in ((string, ulong)[])[("s0", 1), ("s1", 2)])
            new SyntheticSlide(name, "c", SyntheticCohort.Normal, SyntheticScanner.Alpha, 1300, 1100, seed).Write(In($"slides/{name}.tif"), In("truth.png"));
        Task<Commands.Mhim.Run> Extract(params string[] more) => Commands.Mhim.InAsync(folder, ["extract", "slides", "--out", "out", .. more]);
        Assert.Equal(0, (await Extract()).ExitCode);
        var made = File.ReadAllBytes(In("out/s0.h5"));

        // A missing encoder is no fault of the slides.
        Assert.Equal(2, (await Extract("--encoder", "nope")).ExitCode);
        Assert.Equal(made, File.ReadAllBytes(In("out/s0.h5")));

        Assert.Equal(2, (await Extract("--saturation", "254")).ExitCode);
        var rows = JsonNode.Parse(File.ReadAllText(In("out/report.json")))!["rows"]!.AsArray();
        Assert.All(rows, row => Assert.Equal("no-tissue", (string?)row!["code"]));
        Assert.All(rows, row => Assert.Contains(".h5.earlier'", (string?)row!["reason"]));
        Assert.Empty(FeatureFolder.List(In("out")));
        Assert.Equal(made, File.ReadAllBytes(In("out/s0.h5.earlier")));

        Assert.Equal(0, (await Extract()).ExitCode);
        Assert.Equal(made, File.ReadAllBytes(In("out/s0.h5")));
    }
}
