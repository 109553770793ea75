using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Api.Tests.Slides;
using Mhim.Data.Entities;
using Mhim.Data.Tests.Postgres;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Hosting;

public sealed class SqliteFaultTests : FaultTests
{
    protected override string? Postgres => null;
}

public sealed class PostgresFaultTests(PostgresCluster cluster) : FaultTests, IClassFixture<PostgresCluster>
{
    protected override string? Postgres => cluster.ConnectionString;

    [Fact]
    public async Task A_database_that_goes_away_at_the_end_of_an_upload_costs_nobody_a_byte()
    {
        var upload = await BeginAsync("mpp MC41"); // with jobs, so that there is something to commit
        using (RowWatch.Committing<Slide>(cluster.Restart))
            Assert.Equal("database-away", await (await SendAsync(upload)).ProblemAsync(503));
        await IsAcceptedAsync(upload);
    }
}

/// <summary>A database that fails for a reason of its own, on either provider: it is called what it is, and nothing that came is lost.</summary>
public abstract class FaultTests : IDisposable
{
    readonly Service service;

    protected FaultTests() => service = new Service(Postgres);

    protected abstract string? Postgres { get; }

    public void Dispose() => service.Dispose();

    // A byte behind the picture: other content in every test, the same for readers.
    readonly byte[] slide = [.. UploadTests.NoResolution.Value, .. Guid.NewGuid().ToByteArray()];

    /// <summary>While somebody does something, the database refuses statements of a kind, as it does without room.</summary>
    async Task<HttpResponseMessage> RefusingAsync(string statement, string table, Func<Task<HttpResponseMessage>> meanwhile)
    {
        _ = service.Client;
        await using var rows = service.Rows();
        var sqlite = rows.Database.ProviderName!.EndsWith("Sqlite", StringComparison.Ordinal);
        await rows.Database.ExecuteSqlRawAsync(sqlite ? $"CREATE TRIGGER fault BEFORE {statement} ON \"{table}\" BEGIN SELECT RAISE(ABORT, 'no room'); END"
            : $"CREATE OR REPLACE FUNCTION fault() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$ LANGUAGE plpgsql; CREATE TRIGGER fault BEFORE {statement} ON \"{table}\" EXECUTE FUNCTION fault()");
        try
        {
            return await meanwhile();
        }
        finally
        {
            await rows.Database.ExecuteSqlRawAsync(sqlite ? "DROP TRIGGER fault" : $"DROP TRIGGER fault ON \"{table}\"");
        }
    }

    [Fact]
    public async Task A_form_whose_slide_cannot_be_written_leaves_nothing_and_its_name_is_not_taken()
    {
        Task<HttpResponseMessage> SendAsync() => service.UploadAsync(slide, "form.tif");
        Assert.Equal("unexpected", await (await RefusingAsync("INSERT", "Slides", SendAsync)).ProblemAsync(500));
        Assert.Empty(service.Files);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync()).StatusCode);
    }

    [Theory]
    [InlineData("INSERT", "Slides")]
    [InlineData("UPDATE OF \"State\"", "Uploads")]
    public async Task An_upload_that_came_whole_is_tried_again_when_the_database_could_not_write(string statement, string table)
    {
        var upload = await BeginAsync();
        Assert.Equal("unexpected", await (await RefusingAsync(statement, table, () => SendAsync(upload))).ProblemAsync(500));
        await IsAcceptedAsync(upload);
    }

    [Fact]
    public async Task A_prediction_and_a_run_that_cannot_be_written_are_not_called_taken_nor_a_cohort_in_use()
    {
        var ids = await Planted.SlidesAsync(service, 8);
        var model = new Model { Name = "m", Sha256 = "m", EncoderId = "stain-texture", Dim = 96, Classes = ["a", "b"], BlobKey = "models/m", Mpp = 0.5, TileSize = 256 };
        await using var rows = service.Rows();
        rows.Add(model);
        await rows.SaveChangesAsync();
        async Task FailsAsync(string statement, string table, Func<Task<HttpResponseMessage>> asked) =>
            Assert.Equal("unexpected", await (await RefusingAsync(statement, table, asked)).ProblemAsync(500));
        await FailsAsync("INSERT", "Predictions", () => service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = ids[0], modelId = model.Id }));
        var made = await service.Client.PostAsync("/api/v1/cohorts?name=c", new StringContent(Planted.Table(8), Encoding.UTF8, "text/csv"));
        var cohort = (string?)(await made.JsonAsync())["id"];
        await FailsAsync("INSERT", "Runs", () => service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = cohort, folds = 2 }));
        await FailsAsync("DELETE", "Cohorts", () => service.Client.DeleteAsync($"/api/v1/cohorts/{cohort}"));
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync($"/api/v1/cohorts/{cohort}")).StatusCode);
    }

    [Fact]
    public async Task An_upload_whose_content_was_under_way_when_all_went_away_is_found_again()
    {
        foreach (var method in (string[])["HEAD", "PATCH"])
        {
            var upload = await BeginAsync();
            // As it lies when neither the row could be written nor the file be moved back.
            var moved = Path.Combine(service.Blobs, "slides", upload.Split('/')[^1], "original.tif");
            Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
            File.WriteAllBytes(moved, [.. slide[..^1], (byte)method[0]]);
            slide[^1] = (byte)method[0];
            if (method == "PATCH")
                Assert.Equal("upload-offset", await (await SendAsync(upload)).ProblemAsync(409));
            await IsAcceptedAsync(upload);
        }
    }

    [Fact]
    public async Task What_could_not_be_noted_in_the_audit_trail_is_noted_the_next_time()
    {
        var upload = await BeginAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await RefusingAsync("INSERT", "Audit", () => SendAsync(upload, 0, 10))).StatusCode);
        await using var rows = service.Rows();
        var noted = rows.Audit.Where(entry => entry.Resource == upload);
        Assert.Equal(0, await noted.CountAsync());
        foreach (var from in (int[])[10, 20])
            Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(upload, from, 10)).StatusCode);
        Assert.Equal(1, await noted.CountAsync());
    }

    protected async Task<string> BeginAsync(string? more = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads") { Headers = { { "Tus-Resumable", "1.0.0" }, { "Upload-Length", $"{slide.Length}" } } };
        request.Headers.Add("Upload-Metadata", string.Join(',', [$"filename {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Guid.NewGuid()}.tif"))}", .. more is null ? [] : (string[])[more]]));
        return (await service.Client.SendAsync(request)).Headers.Location!.ToString();
    }

    protected Task<HttpResponseMessage> SendAsync(string upload, int from = 0, int? bytes = null)
    {
        var content = new ByteArrayContent(slide, from, bytes ?? slide.Length) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        return service.Client.SendAsync(new HttpRequestMessage(HttpMethod.Patch, upload) { Content = content, Headers = { { "Tus-Resumable", "1.0.0" }, { "Upload-Offset", $"{from}" } } });
    }

    protected async Task IsAcceptedAsync(string upload)
    {
        var head = await service.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, upload) { Headers = { { "Tus-Resumable", "1.0.0" } } });
        Assert.Equal((HttpStatusCode.OK, $"{slide.Length}"), (head.StatusCode, head.Headers.GetValues("Upload-Offset").Single()));
        var state = await service.Client.GetFromJsonAsync<JsonNode>(upload);
        Assert.Equal("accepted", (string?)state!["state"]);
        await using var rows = service.Rows();
        var made = await rows.Slides.SingleAsync(s => s.Id == Guid.Parse((string)state["slideId"]!));
        Assert.Equal(slide, File.ReadAllBytes(Path.Combine(service.Blobs, made.BlobKey)));
        Assert.DoesNotContain(service.Files, file => file.Contains("/uploads/"));
    }
}
