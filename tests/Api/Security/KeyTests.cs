using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Api.Security;
using Mhim.Data.Entities;
using Mhim.Data.Tests.Postgres;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Security;

public sealed class SqliteKeyTests : KeyTests
{
    protected override string? Postgres => null;
}

public sealed class PostgresKeyTests(PostgresCluster cluster) : KeyTests, IClassFixture<PostgresCluster>
{
    protected override string? Postgres => cluster.ConnectionString;
}

/// <summary>What a key is worth, and what is kept of it, on either provider.</summary>
public abstract class KeyTests : KeyedServiceTests
{
    [Fact]
    public async Task A_key_is_shown_once_kept_as_a_hash_works_in_either_header_and_is_worth_nothing_once_revoked()
    {
        using var admin = service.As((await service.KeyAsync(Role.Admin)).Secret);
        var made = await (await admin.PostAsJsonAsync("/api/v1/keys", new { name = "Dr. Kim", role = "researcher", expiresInDays = 30 })).JsonAsync();
        var (secret, id) = ((string)made["secret"]!, (string)made["key"]!["id"]!);
        Assert.Matches("^mhim_[A-Za-z0-9_-]{43}$", secret);
        await using (var rows = service.Rows())
            Assert.DoesNotContain(secret[9..], string.Join('\n', (await rows.ApiKeys.ToListAsync()).Select(k => $"{k.Hash} {k.Start} {k.Name}")));
        Assert.DoesNotContain(secret[9..], await admin.GetStringAsync("/api/v1/keys"));
        Assert.Contains("Dr. Kim", await admin.GetStringAsync("/api/v1/keys"));

        using var kim = service.CreateClient();
        kim.DefaultRequestHeaders.Add("X-Api-Key", secret);
        var me = await kim.GetFromJsonAsync<JsonNode>("/api/v1/me");
        Assert.Equal(($"key:{id}", "Dr. Kim", "researcher"), ((string?)me!["id"], (string?)me["name"], (string?)me["role"]));
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/api/v1/keys/{id}")).StatusCode);
        Assert.Equal("unauthenticated", await (await kim.GetAsync("/api/v1/me")).ProblemAsync(401));
        foreach (var body in (object[])[new { }, new { name = "x" }, new { name = "", role = "viewer" }, new { name = "x", role = "god" }, new { name = "x", role = "viewer", expiresInDays = -1 }])
            Assert.Equal("request-unreadable", await (await admin.PostAsJsonAsync("/api/v1/keys", body)).ProblemAsync(400));
    }

    [Fact]
    public async Task A_key_in_heavy_use_is_noted_once_a_minute_not_by_every_request()
    {
        var (secret, id) = await service.KeyAsync(Role.Viewer);
        Assert.NotNull(await LastUsedAsync());
        var old = DateTime.UtcNow.AddMinutes(-2);
        await using (var rows = service.Rows())
            await rows.ApiKeys.Where(k => k.Id == id).ExecuteUpdateAsync(set => set.SetProperty(k => k.LastUsedAt, old));
        // This process has noted it within the minute: nobody waits for the disk again.
        Assert.InRange(((await LastUsedAsync())! - old).Value.Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(1));

        async Task<DateTime?> LastUsedAsync()
        {
            Assert.Equal(HttpStatusCode.OK, (await service.As(secret).GetAsync("/api/v1/slides")).StatusCode);
            await using var rows = service.Rows();
            return await rows.ApiKeys.Where(k => k.Id == id).Select(k => k.LastUsedAt).SingleAsync();
        }
    }
}
