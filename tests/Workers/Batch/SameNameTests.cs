using System.Text.Json.Nodes;
using Mhim.Features.Files;
using Mhim.Tiling.Synthetic;

namespace Mhim.Workers.Tests.Batch;

/// <summary>Two slides of one name, one run after the other.</summary>
public sealed class SameNameTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-name-").FullName;

    public SameNameTests()
    {
        Draw("a", 1);
        Draw("b", 2);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string In(string path) => Path.Combine(folder, path);

    void Draw(string site, ulong seed)
    {
        Directory.CreateDirectory(In(site));
        new SyntheticSlide("x", "c", SyntheticCohort.Normal, SyntheticScanner.Alpha, 1300, 1100, seed).Write(In($"{site}/x.tif"), In("truth.png"));
    }

    [Theory]
    [InlineData("extract", "x.h5")]
    [InlineData("tile", "x_patches.h5")]
    public async Task A_slide_does_not_replace_the_outputs_of_another_of_its_name(string verb, string output)
    {
        Task<Commands.Mhim.Run> Run(params string[] slides) => Commands.Mhim.InAsync(folder, [verb, .. slides, "--out", "out"]);
        string Sha() => TridentFile.ReadProvenance(In($"out/{output}"), "slide_sha256")!;
        Assert.Equal(0, (await Run("a/x.tif")).ExitCode);
        var first = Sha();

        var second = await Run("b/x.tif");
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("b/x.tif", second.ErrorLines[^1]);
        Assert.Contains("another --out", second.ErrorLines[^1]);
        Assert.Equal(first, Sha());

        // Among others it is one that failed.
        File.Copy(In("a/x.tif"), In("b/y.tif"));
        Assert.Equal(3, (await Run("b")).ExitCode);
        var rows = JsonNode.Parse(File.ReadAllText(In("out/report.json")))!["rows"]!.AsArray().ToDictionary(row => (string)row!["slide"]!, row => (string?)row!["code"]);
        Assert.Equal("slide-name-twice", rows["x"]);
        Assert.Null(rows["y"]);

        Directory.Move(In("a"), In("moved"));
        Assert.Equal(0, (await Run("moved/x.tif")).ExitCode);
        Draw("a", 3); // where it lay, another content: that slide, scanned again
        Assert.Equal(0, (await Run("a/x.tif")).ExitCode);
        Assert.NotEqual(first, Sha());
    }
}
