using System.Text.Json.Nodes;
using Mhim.Tiling.Synthetic;
using NetVips;

namespace Mhim.EndToEnd.Tests;

/// <summary>Jobs that take more than they may: the service as a real process, its jobs as processes of their own.</summary>
public sealed class JobLimitTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-limits-").FullName;

    string Data => Path.Combine(folder, "data");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static string? State(JsonNode answer) => (string?)(answer["slide"] ?? answer)["state"];

    string Draw(string name)
    {
        var path = Path.Combine(folder, name + ".tif");
        new SyntheticSlide(name, "c", SyntheticCohort.Normal, SyntheticScanner.Alpha, 1300, 1100, (ulong)name.Length).Write(path, Path.Combine(folder, name + ".png"));
        return path;
    }

    [Fact]
    public async Task A_slide_that_needs_more_memory_than_a_job_may_take_fails_with_that_reason_and_the_next_job_runs()
    {
        var small = Draw("small");
        // One tile of 8192 x 8192 pixels holds it all, and whoever wants a pixel decodes 256 MB.
        var large = Path.Combine(folder, "large.tif");
        using (var picture = Image.NewFromFile(small))
        using (var zoomed = picture.Zoom(6, 6))
            zoomed.Tiffsave(large, compression: Enums.ForeignTiffCompression.Jpeg, tile: true, tileWidth: 8192, tileHeight: 8192, xres: 2000, yres: 2000);
        using var server = await Server.StartAsync(new Dictionary<string, string> { ["Mhim__Workers__TilingMemoryMB"] = "330" }, Data);
        var first = (string)(await server.SendFilesAsync("/slides", large))["id"]!;
        var next = (string)(await server.SendFilesAsync("/slides", small))["id"]!;
        var refused = await server.WaitAsync($"/slides/{first}", State, "ready", "failed");
        Assert.Equal("job-out-of-memory", (string?)refused["jobs"]![0]!["errorCode"]);
        Assert.Matches(@"\(\d+ MB, the limit is 330 MB\)", (string?)refused["slide"]!["problem"]);
        Assert.Equal("ready", State(await server.WaitAsync($"/slides/{next}", State, "ready", "failed")));
    }

    [Fact]
    public async Task A_job_that_takes_too_long_is_ended_with_that_reason_and_the_next_job_runs()
    {
        using var server = await Server.StartAsync(new Dictionary<string, string> { ["Mhim__Workers__GpuMinutes"] = "0.15" }, Data);
        var (extract, children) = await ServiceStoryTests.HoldAsync(server, "extract", () => server.SendFilesAsync("/slides", Draw("held-slide")));
        var job = await server.WaitAsync($"/jobs/{extract}", State, "failed", "succeeded");
        Assert.Equal("job-too-long", (string?)job["errorCode"]);
        Assert.False(Directory.Exists($"/proc/{children[0]}"));
        var next = (string)(await server.SendFilesAsync("/slides", Draw("next")))["id"]!;
        var tile = (string)(await server.GetAsync($"/slides/{next}"))["jobs"]![0]!["id"]!;
        Assert.Equal("succeeded", State(await server.WaitAsync($"/jobs/{tile}", State, "succeeded", "failed")));
    }
}
