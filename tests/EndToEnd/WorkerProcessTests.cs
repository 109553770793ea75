using System.Diagnostics;
using System.Text.Json.Nodes;
using Mhim.Data.Tests.Postgres;
using Mhim.Workers.Tests;

namespace Mhim.EndToEnd.Tests;

/// <summary>The roles of a process: service and workers apart, over one Postgres and one data folder.</summary>
public sealed class WorkerProcessTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>, IDisposable
{
    readonly WorkerProcesses workers = new("workers");

    string Data => Path.Combine(workers.Folder, "data");

    // Short, for the lost worker's lease is waited for; long enough that a worker that lives and is starved for a moment is not taken for lost.
    Dictionary<string, string> Settings => new() { ["ConnectionStrings__Postgres"] = cluster.ConnectionString, ["Mhim__Workers__LeaseSeconds"] = "10" };

    public void Dispose() => workers.Dispose();

    void Start(string queues) => workers.Start(queues, Data, Settings);

    static string? State(JsonNode answer) => (string?)(answer["slide"] ?? answer)["state"];

    [SlideFact]
    public async Task A_worker_killed_in_the_middle_of_a_job_is_made_up_for_by_another_and_the_job_ends_done_once()
    {
        using var server = await Server.StartAsync(Settings, Data, "--no-workers");
        var slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!;
        var tile = (string)(await server.GetAsync($"/slides/{slide}"))["jobs"]!.AsArray().Single(job => (string?)job!["kind"] == "tile")!["id"]!;
        Assert.Equal("queued", State(await server.GetAsync($"/jobs/{tile}"))); // the service itself works on nothing
        Assert.Empty(ServiceStoryTests.ChildrenOf(server.ProcessId));
        Start("tiling,gpu");
        Start("tiling,gpu");
        var (worker, child) = await HoldAsync(tile);
        worker.Kill();
        worker.WaitForExit();
        ServiceStoryTests.Signal("-CONT", [child]);
        for (var clock = Stopwatch.StartNew(); Directory.Exists($"/proc/{child}"); await Task.Delay(20))
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), "The child goes on without its worker.");
        Assert.Empty(Directory.GetFiles(Path.Combine(Data, "blobs"), "tiles-*.h5", SearchOption.AllDirectories));

        var details = await server.WaitAsync($"/slides/{slide}", State, "ready", "failed");
        Assert.Equal("ready", State(details));
        Assert.Equal([("tile", "succeeded", 2), ("extract", "succeeded", 1)],
            details["jobs"]!.AsArray().Select(job => ((string)job!["kind"]!, (string)job["state"]!, (int)job["attempts"]!)));
        Assert.Single(Directory.GetFiles(Path.Combine(Data, "blobs"), "tiles-*.h5", SearchOption.AllDirectories));
        Assert.Single(Directory.GetFiles(Path.Combine(Data, "blobs"), "features-*.h5", SearchOption.AllDirectories));
    }

    [SlideFact]
    public async Task A_worker_takes_the_jobs_of_its_queues_only_and_gives_them_back_when_it_is_stopped()
    {
        using var server = await Server.StartAsync(Settings, Data, "--no-workers");
        var other = File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs")).Append((byte)1).ToArray(); // other content, same picture
        var path = Path.Combine(workers.Folder, "other.svs");
        File.WriteAllBytes(path, other);
        var slide = (string)(await server.SendFilesAsync("/slides", path))["id"]!;
        var jobs = (await server.GetAsync($"/slides/{slide}"))["jobs"]!.AsArray().ToDictionary(job => (string)job!["kind"]!, job => (string)job!["id"]!);
        Start("tiling");
        var (worker, child) = await HoldAsync(jobs["tile"]);
        ServiceStoryTests.Signal("-TERM", [worker.Id]);
        await worker.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        Assert.False(Directory.Exists($"/proc/{child}"));
        var given = await server.GetAsync($"/jobs/{jobs["tile"]}");
        Assert.Equal(("queued", 0), (State(given), (int)given["attempts"]!));

        Start("tiling");
        await server.WaitAsync($"/jobs/{jobs["tile"]}", State, "succeeded", "failed");
        Assert.Equal("queued", State(await server.WaitAsync($"/jobs/{jobs["extract"]}", State, "queued")));
        Start("gpu");
        Assert.Equal("ready", State(await server.WaitAsync($"/slides/{slide}", State, "ready", "failed")));
    }

    [Fact]
    public async Task Workers_apart_need_Postgres_and_known_queues()
    {
        foreach (var (words, said) in ((string[], string)[])[(["worker", "--data", Data], "ConnectionStrings__Postgres"), (["worker", "--queues", "gpu,tpu", "--data", Data], "--queues is"),
                     (["serve", "--no-workers", "--port", "0", "--data", Data], "ConnectionStrings__Postgres")])
        {
            using var process = Server.StartProcess(words);
            var error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal((2, true), (process.ExitCode, error.Contains(said)));
        }
    }

    /// <summary>Stops the child that works on a job where it is, whichever worker has it.</summary>
    async Task<(Process Worker, int Child)> HoldAsync(string job)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(10); await Task.Delay(2))
            foreach (var worker in workers.Where(worker => !worker.HasExited))
                foreach (var child in ServiceStoryTests.ChildrenOf(worker.Id))
                    if (ServiceStoryTests.JobIdOf(child) == job)
                    {
                        ServiceStoryTests.Signal("-STOP", [child]);
                        return (worker, child);
                    }
        throw new TimeoutException("No worker took the job up.");
    }
}
