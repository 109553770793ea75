using System.Diagnostics;
using System.Text.Json.Nodes;
using Mhim.Features.Files;
using Mhim.Workers.Tests;

namespace Mhim.EndToEnd.Tests;

public sealed class ServiceStoryTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-e2e-").FullName;

    string Data => Path.Combine(folder, "data");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static string? State(JsonNode answer) => (string?)(answer["slide"] ?? answer)["state"];

    static async Task<(int ExitCode, string Error)> RunAsync(params string[] words)
    {
        using var process = Server.StartProcess(words);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token);
        await output;
        return (process.ExitCode, await error);
    }

    [SlideFact]
    public async Task The_same_prediction_comes_through_REST_and_from_the_command_line()
    {
        var slidePath = TestData.Slide("CMU-1-Small-Region.svs");
        using var server = await Server.StartAsync(Data);
        var slide = (string)(await server.SendFilesAsync("/slides", slidePath))["id"]!;
        var model = (string)(await server.SendFilesAsync("/models", Directory.GetFiles(TinyModel.Folder)))["id"]!;
        // Asked for at once: the prediction waits for the slide.
        var prediction = (string)(await server.PostAsync("/predictions", new { slideId = slide, modelId = model }))["id"]!;
        var cli = Path.Combine(folder, "cli");
        var run = RunAsync("predict", "--slide", slidePath, "--model", TinyModel.Folder, "--out", cli);
        var answer = await server.WaitAsync($"/predictions/{prediction}", State, "succeeded", "failed", "cancelled");
        Assert.Equal("succeeded", State(answer));
        Assert.Equal((0, 0), ((await run).ExitCode, 0));

        var expected = JsonNode.Parse(File.ReadAllText(Path.Combine(cli, "prediction.json")))!;
        Assert.Equal((string?)expected["predictedClass"], (string?)answer["predictedClass"]);
        foreach (var (e, a) in expected["classes"]!.AsArray().Zip(answer["classes"]!.AsArray()))
            Assert.Equal((double)e!["probability"]!, (double)a!["probability"]!, 1e-5);
        var whole = await server.GetAsync($"/predictions/{prediction}/prediction.json");
        foreach (var (e, a) in expected["topTiles"]!.AsArray().Zip(whole["topTiles"]!.AsArray()))
        {
            Assert.Equal(((long)e!["x"]!, (long)e["y"]!), ((long)a!["x"]!, (long)a["y"]!));
            Assert.Equal((double)e["score"]!, (double)a["score"]!, 1e-5);
        }
        foreach (var file in (string[])["heatmap.png", "tiles.geojson", "top-tiles/1.png"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(cli, file)), await server.Client.GetByteArrayAsync($"/api/v1/predictions/{prediction}/{file}"));
        AssertNothingHalfWritten();
    }

    [SlideTheory]
    [InlineData("tile")]
    [InlineData("extract")]
    [InlineData("predict")]
    public async Task A_server_killed_in_the_middle_of_a_job_finishes_it_after_the_next_start(string kind)
    {
        string slide, prediction;
        using (var server = await Server.StartAsync(Data))
        {
            (slide, prediction) = ("", "");
            var (_, children) = await HoldAsync(server, kind, async () =>
            {
                var model = (string)(await server.SendFilesAsync("/models", Directory.GetFiles(TinyModel.Folder)))["id"]!;
                slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!;
                prediction = (string)(await server.PostAsync("/predictions", new { slideId = slide, modelId = model }))["id"]!;
            });
            server.Kill();
            Signal("-CONT", children);
            for (var clock = Stopwatch.StartNew(); children.Any(child => Directory.Exists($"/proc/{child}")); await Task.Delay(20))
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), "The child goes on without its parent.");
            Assert.Empty(OutputsOf(kind));
        }
        using (var server = await Server.StartAsync(Data))
        {
            Assert.Equal("succeeded", State(await server.WaitAsync($"/predictions/{prediction}", State, "succeeded", "failed", "cancelled")));
            var details = await server.GetAsync($"/slides/{slide}");
            Assert.Equal("ready", State(details));
            Assert.True((long)details["tileFates"]!["read"]! > 0 && details["tileFates"]!["no-tissue"] is not null && details["quality"]!["blur"] is not null);
            Assert.NotEqual("none", (string?)details["resolution"]!["confidence"]);
            Assert.Equal(["tile", "extract", "predict"], details["jobs"]!.AsArray().Select(job => (string)job!["kind"]!));
            Assert.Equal(2, (int)JobOf(details["jobs"]!, kind)["attempts"]!);
            Assert.Single(OutputsOf(kind));
            AssertNothingHalfWritten();
        }
    }

    [SlideFact]
    public async Task A_cancelled_job_ends_within_seconds_and_a_retried_one_finishes()
    {
        using var server = await Server.StartAsync(Data);
        var slide = "";
        var (tile, _) = await HoldAsync(server, "tile", async () =>
            slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!);
        await server.PostAsync($"/jobs/{tile}/cancel", new { });
        await server.WaitAsync($"/jobs/{tile}", State, "cancelled");
        Assert.Empty(ChildrenOf(server.ProcessId));
        Assert.Equal("failed", State(await server.GetAsync($"/slides/{slide}")));
        await server.PostAsync($"/jobs/{tile}/retry", new { });
        await server.WaitAsync($"/slides/{slide}", State, "ready");
    }

    [SlideFact]
    public async Task A_child_that_is_killed_is_a_failed_job_with_a_reason_and_the_next_job_runs()
    {
        using var server = await Server.StartAsync(Data);
        var slide = "";
        var (tile, children) = await HoldAsync(server, "tile", async () =>
            slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!);
        Signal("-KILL", children);
        var job = await server.WaitAsync($"/jobs/{tile}", State, "failed");
        Assert.Equal("killed", (string?)job["errorCode"]);
        Assert.Contains("memory", (string?)job["error"]);
        await server.PostAsync($"/jobs/{job["id"]}/retry", new { });
        await server.WaitAsync($"/slides/{slide}", State, "ready");
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_and_one_that_others_could_reach_are_refused()
    {
        using var server = await Server.StartAsync(Data);
        var (exitCode, error) = await RunAsync("serve", "--port", "0", "--data", Data);
        Assert.Equal((2, true), (exitCode, error.Contains("Another mhim serves the data folder")));
        (exitCode, error) = await RunAsync("serve", "--urls", "http://0.0.0.0:9", "--data", Path.Combine(folder, "other"));
        Assert.Equal((2, true), (exitCode, error.Contains("can be reached from other machines")));
        Assert.False(Directory.Exists(Path.Combine(folder, "other")));
    }

    /// <summary>
    /// Does something that leads to jobs and stops the child process of the first job of a kind where it is: children are stopped as soon as they are
    /// seen, asked for their job, and let go on if it is another one. So the job cannot have finished, however fast the machine is.
    /// </summary>
    internal static async Task<(string JobId, int[] Children)> HoldAsync(Server server, string kind, Func<Task> act)
    {
        var acting = Task.Run(act);
        var seen = new HashSet<int>();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(10); await Task.Delay(2))
        {
            foreach (var child in ChildrenOf(server.ProcessId).Where(child => !seen.Contains(child)))
            {
                if (JobIdOf(child) is not { } id || !seen.Add(child))
                    continue;
                Signal("-STOP", [child]);
                if ((string?)(await server.GetAsync($"/jobs/{id}"))["kind"] == kind)
                {
                    await acting;
                    return (id, [child]);
                }
                Signal("-CONT", [child]);
            }
            if (acting.IsFaulted)
                await acting;
        }
        throw new TimeoutException($"No {kind} job was started.\n{server.Log}");
    }

    /// <summary>The job of a process <c>mhim job run ID</c>; null for any other, also for one that is not there yet or any more.</summary>
    internal static string? JobIdOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries) is [.., "job", "run", var id] ? id : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static JsonNode JobOf(JsonNode jobs, string kind) => jobs.AsArray().Single(job => (string?)job!["kind"] == kind)!;

    // The kernel keeps children by the thread that started them.
    internal static int[] ChildrenOf(int parent) =>
        [.. Directory.EnumerateDirectories($"/proc/{parent}/task")
            .SelectMany(task => ChildrenListedIn(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse))];

    static string ChildrenListedIn(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return ""; // a thread that has ended since they were listed; its children went over to another
        }
    }

    internal static void Signal(string signal, int[] processes)
    {
        using var kill = Process.Start("kill", [signal, .. processes.Select(process => $"{process}")]);
        kill.WaitForExit();
    }

    string[] OutputsOf(string kind) => Directory.GetFiles(Path.Combine(Data, "blobs"),
        kind switch { "tile" => "tiles-*.h5", "extract" => "features-*.h5", _ => "prediction.json" }, SearchOption.AllDirectories);

    void AssertNothingHalfWritten()
    {
        Assert.Empty(Directory.EnumerateFiles(Data, "*" + AtomicFile.TemporaryMark + "*", SearchOption.AllDirectories));
        var incoming = Path.Combine(Data, "blobs", "incoming");
        Assert.Empty(Directory.Exists(incoming) ? Directory.GetFiles(incoming) : []);
    }
}
