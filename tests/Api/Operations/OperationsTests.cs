using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Operations;

public sealed class OperationsTests : IDisposable
{
    readonly Service service = new();

    public void Dispose() => service.Dispose();

    async Task<JsonNode> ReadyAsync(int status)
    {
        var answer = await service.Client.GetAsync("/health/ready");
        Assert.Equal(status, (int)answer.StatusCode);
        return await answer.JsonAsync();
    }

    // Each part has five seconds to answer, and to the first question it does so cold.
    async Task FirstReadyAsync()
    {
        for (var clock = Stopwatch.StartNew(); (await service.Client.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK && clock.Elapsed.TotalSeconds < 60;)
            await Task.Delay(20);
        await ReadyAsync(200);
    }

    [Fact]
    public async Task Ready_names_every_part_and_the_workers_that_live()
    {
        service.Settings["Mhim:Workers:LeaseSeconds"] = "3600"; // the next time that they say that they live comes long after this test
        await FirstReadyAsync();
        for (var clock = Stopwatch.StartNew(); (string?)(await ReadyAsync(200))["checks"]!["workers"]!["status"] != "healthy" && clock.Elapsed.TotalSeconds < 120;)
            await Task.Delay(20); // their first word comes right after the start
        var ready = await ReadyAsync(200);
        Assert.Equal("healthy", (string?)ready["status"]);
        Assert.Equal(["blobs", "database", "queue", "workers"], ready["checks"]!.AsObject().Select(check => check.Key).Order());
        Assert.Equal("tiling: 1, gpu: 1", (string?)ready["checks"]!["workers"]!["text"]);

        await using var rows = service.Rows();
        await rows.Workers.ExecuteUpdateAsync(set => set.SetProperty(w => w.Queues, "tiling"));
        Assert.Equal(("degraded", "tiling: 1, gpu: 0"), await WorkersAsync());
        await rows.Workers.ExecuteUpdateAsync(set => set.SetProperty(w => w.Queues, "tiling,gpu").SetProperty(w => w.SeenAt, DateTime.UtcNow.AddHours(-2)));
        Assert.Equal(("degraded", "tiling: 0, gpu: 0"), await WorkersAsync());

        async Task<(string?, string?)> WorkersAsync() => (await ReadyAsync(200))["checks"]!["workers"] is { } workers ? ((string?)workers["status"], (string?)workers["text"]) : default;
    }

    [Fact]
    public async Task Without_a_place_for_blobs_it_is_not_ready_and_says_no_path()
    {
        await FirstReadyAsync();
        var incoming = Path.Combine(service.Blobs, "incoming");
        if (Directory.Exists(incoming))
            Directory.Delete(incoming, recursive: true);
        File.WriteAllText(incoming, "in the way");
        var ready = await ReadyAsync(503);
        Assert.Equal("unhealthy", (string?)ready["checks"]!["blobs"]!["status"]);
        Assert.DoesNotContain(service.Folder, ready.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task Metrics_tell_depth_failures_durations_and_requests()
    {
        await FirstReadyAsync();
        await using (var rows = service.Rows())
        {
            var (now, slide) = (DateTime.UtcNow, new Slide { Name = "s", FileName = "s.svs", Sha256 = "aa", Vendor = "v", BlobKey = "k", State = SlideState.Ready, TileCount = 600 });
            rows.Add(slide);
            rows.Add(new Job { Kind = JobKind.Extract, Queue = JobQueues.Gpu, Key = "a", SlideId = slide.Id, State = JobState.Succeeded, StartedAt = now.AddSeconds(-70), FinishedAt = now.AddSeconds(-10) });
            rows.Add(new Job { Kind = JobKind.Tile, Queue = JobQueues.Tiling, Key = "b", SlideId = slide.Id, State = JobState.Failed, ErrorCode = "no-tissue", StartedAt = now, FinishedAt = now });
            await rows.SaveChangesAsync();
        }
        var text = await (await service.Client.GetAsync("/metrics")).Content.ReadAsStringAsync();

        string Value(params string[] parts) => text.Split('\n').Single(line => !line.StartsWith('#') && parts.All(line.Contains)).Split(' ')[1];
        Assert.Equal("1", Value("mhim_jobs{", "queue=\"tiling\"", "state=\"failed\""));
        Assert.Equal("0", Value("mhim_jobs{", "queue=\"gpu\"", "state=\"queued\""));
        Assert.Equal("1", Value("mhim_jobs_failed{", "reason=\"no-tissue\""));
        Assert.Equal("60", Value("mhim_job_recent_duration", "kind=\"extract\"", "quantile=\"0.95\""));
        Assert.Equal("10", Value("mhim_tiles_rate"));
        Assert.Contains("http_server_request_duration_seconds_bucket", text);
    }

    [Theory]
    [InlineData("anybody", 200)]
    [InlineData("loopback", 401)] // a request of this test has no address
    [InlineData("admin", 401)]
    public async Task Who_may_read_the_metrics_is_a_setting(string access, int expected)
    {
        (service.Settings["Mhim:Metrics:Access"], service.Settings["Mhim:Auth:Keys"]) = (access, "true");
        Assert.Equal(expected, (int)(await service.Client.GetAsync("/metrics")).StatusCode);
    }

    [SlideFact]
    public async Task A_job_for_which_there_is_no_room_on_the_disk_fails_and_says_so()
    {
        service.Settings["Mhim:Workers:ReserveGB"] = "1000000000";
        var slide = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        var failed = await service.WaitForSlideAsync(slide, "failed");
        Assert.Equal("disk-full", (string?)failed["slide"]!["problemCode"]);
    }

    [SlideFact]
    public async Task A_removed_slide_is_gone_from_the_disk()
    {
        var slide = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        await service.WaitForSlideAsync(slide, "ready");
        Assert.NotEmpty(service.Files);
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync($"/api/v1/slides/{slide}")).StatusCode);
        Assert.Empty(service.Files);
        await using var rows = service.Rows();
        Assert.Empty(rows.Jobs);
    }
}
