using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Api.Tests.Hosting;
using Mhim.Api.Tests.Predictions;
using Mhim.Api.Tests.Runs;
using Mhim.Api.Tests.Worklist;
using Mhim.Data.Entities;
using Mhim.Data.Tests.Postgres;
using Mhim.EndToEnd.Tests;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests;

public sealed class PostgresTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    [SlideFact]
    public async Task The_whole_way_works_on_Postgres_and_a_worker_that_was_lost_is_made_up_for()
    {
        using var service = new Service(cluster.ConnectionString);
        using var form = new MultipartFormDataContent();
        foreach (var file in Directory.EnumerateFiles(TinyModel.Folder))
            form.Add(new ByteArrayContent(File.ReadAllBytes(file)), "files", Path.GetFileName(file));
        var model = (string)(await (await service.Client.PostAsync("/api/v1/models", form)).JsonAsync())["id"]!;
        var slide = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        var asked = await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model })).JsonAsync();
        var again = await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model })).JsonAsync();
        Assert.Equal((string?)asked["id"], (string?)again["id"]);
        var done = await WaitAsync(service, asked);
        Assert.Equal("succeeded", (string?)done["state"]);
        Assert.Equal(1, done["classes"]!.AsArray().Sum(c => (double)c!["probability"]!), 1e-5);

        // As if the machine of its worker had gone an hour ago; the service looks every few seconds.
        await using var rows = service.Rows();
        await rows.Jobs.Where(j => j.Kind == JobKind.Predict).ExecuteUpdateAsync(set => set
            .SetProperty(j => j.State, JobState.Running).SetProperty(j => j.Lease, Guid.NewGuid()).SetProperty(j => j.HeartbeatAt, DateTime.UtcNow.AddHours(-1)));
        Assert.Equal("succeeded", (string?)(await WaitAsync(service, asked))["state"]);
        var jobs = await rows.Jobs.AsNoTracking().OrderBy(j => j.CreatedAt).ToListAsync();
        Assert.Equal([(JobKind.Tile, 1), (JobKind.Extract, 1), (JobKind.Predict, 2)], jobs.Select(j => (j.Kind, j.Attempts)));
        Assert.False(File.Exists(Path.Combine(service.Folder, "mhim.db")));
        await ReadingStory.TellAsync(service, (string)asked["id"]!);
    }

    [Fact]
    public async Task Lists_and_named_creations_are_the_same_on_Postgres()
    {
        using var service = new Service(await cluster.FreshAsync("conventions"));
        await ListStory.TellAsync(service);
        await RepeatStory.TellAsync(service);
        await CutStory.TellAsync(service);
    }

    [Fact]
    public async Task Two_predictions_at_once_are_the_same_on_Postgres()
    {
        using var service = new Service(await cluster.FreshAsync("races"));
        await RaceStory.TellAsync(service);
    }

    [Fact]
    public async Task A_label_table_that_came_while_the_database_went_away_keeps_its_files_for_the_row_that_may_be_there()
    {
        using var service = new Service(await cluster.FreshAsync("away"));
        Task<HttpResponseMessage> SendAsync() => service.Client.PostAsync("/api/v1/cohorts?name=away", new StringContent(Planted.Table(4), Encoding.UTF8, "text/csv"));
        _ = service.Client;
        using (RowWatch.Committing<Cohort>(cluster.Restart))
            Assert.Equal("database-away", await (await SendAsync()).ProblemAsync(503));
        Assert.Single(service.Files, file => file.EndsWith("/table.csv", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Created, (await SendAsync()).StatusCode);
    }

    [Fact]
    public async Task A_run_is_the_same_on_Postgres()
    {
        using var service = new Service(await cluster.FreshAsync("runs"));
        await RunStory.TellAsync(service, twice: false);
        await RunStory.LongNameAsync(service);
    }

    [Fact]
    public async Task The_worklist_is_the_same_on_Postgres()
    {
        using var service = new Service(await cluster.FreshAsync("worklist"));
        await WorklistStory.TellAsync(service);
        await WorklistStory.SystemAsync(service, "postgres");
    }

    static async Task<JsonNode> WaitAsync(Service service, JsonNode prediction)
    {
        JsonNode? answer = null;
        for (var end = DateTime.UtcNow.AddMinutes(10); DateTime.UtcNow < end; await Task.Delay(100))
            if ((answer = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/predictions/{prediction["id"]}"))?["state"]?.ToString()
                is "succeeded" or "failed" or "cancelled")
                return answer;
        throw new TimeoutException(answer?.ToString());
    }
}
