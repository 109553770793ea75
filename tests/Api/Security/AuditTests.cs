using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Api.Security;
using Mhim.Data.Entities;
using Mhim.Data.Tests.Postgres;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Security;

public sealed class SqliteAuditTests : AuditTests
{
    protected override string? Postgres => null;
}

public sealed class PostgresAuditTests(PostgresCluster cluster) : AuditTests, IClassFixture<PostgresCluster>
{
    protected override string? Postgres => cluster.ConnectionString;
}

/// <summary>What the audit trail notes, on either provider.</summary>
public abstract class AuditTests : KeyedServiceTests
{
    [Fact]
    public async Task Every_write_is_noted_with_who_and_what_came_of_it_and_the_trail_comes_in_pages()
    {
        await ForgetAsync();
        var (viewerKey, researcherKey) = (await service.KeyAsync(Role.Viewer), await service.KeyAsync(Role.Researcher));
        using var admin = service.As((await service.KeyAsync(Role.Admin)).Secret);
        using (var viewer = service.As(viewerKey.Secret))
        using (var researcher = service.As(researcherKey.Secret))
        {
            await viewer.DeleteAsync($"/api/v1/slides/{Guid.Empty}");
            await researcher.DeleteAsync($"/api/v1/slides/{Guid.Empty}");
            await researcher.GetAsync("/api/v1/slides");
            await researcher.PostAsync("/api/v1/slides", new MultipartFormDataContent { { new StringContent("x"), "x" } }); // refused by an exception
            await service.Client.DeleteAsync($"/api/v1/slides/{Guid.Empty}"); // nobody
        }
        var all = await TrailAsync(admin, 3);
        Assert.Equal(
            [($"key:{viewerKey.Id}", "DELETE /api/v1/slides/{id:guid}", 403), ($"key:{researcherKey.Id}", "DELETE /api/v1/slides/{id:guid}", 404), ($"key:{researcherKey.Id}", "POST /api/v1/slides/", 400)],
            all.Select(e => ((string)e["principal"]!, (string)e["action"]!, (int)e["status"]!)).Reverse());
        var first = await admin.GetFromJsonAsync<JsonNode>("/api/v1/audit?limit=2");
        var rest = await admin.GetFromJsonAsync<JsonNode>($"/api/v1/audit?limit=2&after={first!["next"]}");
        Assert.Equal(all.Select(e => (long)e["id"]!), first["items"]!.AsArray().Concat(rest!["items"]!.AsArray()).Select(e => (long)e!["id"]!));
        Assert.Null(rest["next"]);
        Assert.Equal("request-unreadable", await (await admin.GetAsync("/api/v1/audit?after=x")).ProblemAsync(400));
    }

    [Mhim.Workers.Tests.SlideFact]
    public async Task Looking_at_a_slide_is_noted_once_an_hour_for_everybody_who_looks()
    {
        await ForgetAsync();
        using var admin = service.As((await service.KeyAsync(Role.Admin)).Secret);
        using var viewer = service.As((await service.KeyAsync(Role.Viewer)).Secret);
        using var form = new MultipartFormDataContent
            { { new ByteArrayContent(File.ReadAllBytes(Mhim.Workers.Tests.TestData.Slide("CMU-1-Small-Region.svs"))), "file", "a.svs" } };
        var answer = await admin.PostAsync("/api/v1/slides", form);
        var id = (string)(await answer.JsonAsync())["id"]!;
        foreach (var client in (HttpClient[])[viewer, admin, viewer])
            foreach (var what in (string[])["dzi", "dzi_files/12/0_0.jpeg", "dzi_files/12/1_0.jpeg"])
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/api/v1/slides/{id}/{what}")).StatusCode);
        var views = (await TrailAsync(admin, 3)).Where(e => (string)e["action"]! == "view").ToList();
        // An hour may end between two of them.
        Assert.InRange(views.Count, 2, 3);
        Assert.Equal(2, views.Select(e => (string)e["principal"]!).Distinct().Count());
        Assert.All(views, view => Assert.Equal($"/api/v1/slides/{id}", (string?)view["resource"]));
    }

    // The tests of a class share their Postgres.
    async Task ForgetAsync()
    {
        await using var rows = service.Rows();
        await rows.Audit.ExecuteDeleteAsync();
    }

    // A note is written once its request has been answered.
    static async Task<List<JsonNode>> TrailAsync(HttpClient admin, int least)
    {
        for (var end = DateTime.UtcNow.AddMinutes(2); ; await Task.Delay(20))
            if ((await admin.GetFromJsonAsync<JsonNode>("/api/v1/audit"))!["items"]!.AsArray() is var items && (items.Count >= least || DateTime.UtcNow > end))
                return [.. items.Select(item => item!)];
    }
}
