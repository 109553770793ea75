using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mhim.Features.Files;
using Mhim.Tiling.Synthetic;

namespace Mhim.Workers.Tests.Batch;

/// <summary>Folders of small drawn slides, with the command line as a real process.</summary>
public sealed class FolderRunTests : IDisposable
{
    const int Count = 6;

    readonly string folder = Directory.CreateTempSubdirectory("mhim-folder-").FullName;

    public FolderRunTests()
    {
        Directory.CreateDirectory(In("slides"));
        Parallel.For(0, Count, i => new SyntheticSlide($"s{i}", $"c{i}", SyntheticCohort.Normal, SyntheticScanner.Alpha, 1300, 1100, (ulong)(i + 1))
            .Write(In($"slides/s{i}.tif"), In($"truth/s{i}.png")));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string In(string path) => Path.Combine(folder, path);

    // Everything but the report, whose seconds differ.
    SortedDictionary<string, string> Outputs(string dir) => new(Directory.EnumerateFiles(In(dir), "*", SearchOption.AllDirectories)
        .Where(file => !Path.GetFileName(file).StartsWith("report.", StringComparison.Ordinal))
        .ToDictionary(file => Path.GetRelativePath(In(dir), file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))), StringComparer.Ordinal);

    JsonNode Report(string dir) => JsonNode.Parse(File.ReadAllText(In($"{dir}/report.json")))!;

    [Fact]
    public async Task Two_processes_on_one_folder_share_the_slides_and_both_end_well()
    {
        Assert.Equal(0, (await Commands.Mhim.InAsync(folder, "extract", "slides", "--out", "alone")).ExitCode);
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Commands.Mhim.InAsync(folder, "extract", "slides", "--out", "out")));
        Assert.All(both, run => Assert.Equal(0, run.ExitCode));
        Assert.Equal(Outputs("alone"), Outputs("out"));
        Assert.Equal(Count * 3, Outputs("out").Count); // features, tiles, outline; no lock, nothing temporary
        Assert.Equal(Count, (int)Report("out")["done"]! + (int)Report("out")["kept"]!);
        // Each slide was made by one of the two.
        Assert.Equal(Count, both.Sum(run => run.ErrorLines.Count(line => line.Contains("tiles in"))));
    }

    [Fact]
    public async Task Killed_in_the_middle_and_started_again_it_ends_with_the_same_bytes()
    {
        Assert.Equal(0, (await Commands.Mhim.InAsync(folder, "extract", "slides", "--out", "alone")).ExitCode);
        var cut = false;
        for (int tries = 0; !cut; tries++)
        {
            Assert.InRange(tries, 0, 9);
            // On a busy machine a kill may come when all is made: then once more from the start.
            if (Directory.Exists(In("out")))
                Directory.Delete(In("out"), recursive: true);
            cut = await KillThriceAsync();
        }
        var run = await Commands.Mhim.InAsync(folder, "extract", "slides", "--out", "out");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("was stopped in its midst", run.Error);
        Assert.Equal(Outputs("alone"), Outputs("out"));
    }

    /// <returns>Whether the last kill left a slide unfinished.</returns>
    async Task<bool> KillThriceAsync()
    {
        for (int made = 0; made < 3; made++)
        {
            using var process = Commands.Mhim.Start(folder, "extract", "slides", "--out", "out");
            // Killed once it has begun the next slide.
            while (await process.StandardError.ReadLineAsync() is { } line && !(line.StartsWith($"[{made + 1}/", StringComparison.Ordinal) && line.Contains("encoding")))
                ;
            process.Kill();
            await process.WaitForExitAsync();
        }
        return Enumerable.Range(0, Count).Any(i => !File.Exists(In($"out/s{i}.h5")));
    }

    [Fact]
    public async Task One_bad_slide_does_not_stop_the_rest_and_the_report_says_all()
    {
        File.WriteAllText(In("slides/a-bad.svs"), "no slide");
        File.WriteAllText(In("mpp.csv"), "wsi,mpp\ns1.tif,0.45\nnowhere.svs,0.5\n");
        var run = await Commands.Mhim.InAsync(folder, "tile", "slides", "--out", "out", "--mpp-table", "mpp.csv");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("'nowhere.svs'", run.Error);
        Assert.Contains("about", run.Error); // time left
        var report = Report("out");
        Assert.Equal((Count, 1), ((int)report["done"]!, (int)report["failed"]!));
        var rows = report["rows"]!.AsArray().ToDictionary(row => (string)row!["slide"]!);
        Assert.Equal("slide-unknown-format", (string?)rows["a-bad"]!["code"]);
        Assert.Equal((0.45, "user"), ((double)rows["s1"]!["mpp"]!, (string?)rows["s1"]!["mpp_source"]));
        Assert.Equal((0.5, "tiff", "low"), ((double)rows["s2"]!["mpp"]!, (string?)rows["s2"]!["mpp_source"], (string?)rows["s2"]!["mpp_confidence"]));
        Assert.Equal((int)rows["s2"]!["tiles"]!, (int)rows["s2"]!["tiles_read"]!);
        Assert.Equal(Count + 2, File.ReadAllLines(In("out/report.csv")).Length);
        Assert.Equal(TridentFile.ReadCoords(In("out/s2_patches.h5")).Coords.Length, (int)rows["s2"]!["tiles"]!);
        run = await Commands.Mhim.InAsync(folder, "tile", "slides", "--out", "out", "--mpp-table", "mpp.csv");
        Assert.Equal((3, Count), (run.ExitCode, (int)Report("out")["kept"]!));
    }
}
