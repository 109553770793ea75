using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;

namespace Mhim.Api.Tests.Hosting;

/// <summary>Lists, the same on both databases.</summary>
static class ListStory
{
    public static async Task TellAsync(Service service)
    {
        // Many made at the same instant, with names that sort otherwise than they were made.
        var time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        await using (var rows = service.Rows())
        {
            for (var i = 0; i < 23; i++)
                rows.Slides.Add(new Slide
                {
                    Name = $"list {(i * 7) % 23:00}", FileName = "x.svs", Sha256 = $"{i:00}", Vendor = i % 2 == 0 ? "listed" : "other", BlobKey = "slides/none", State = SlideState.Ready,
                    Size = i % 5, CreatedAt = time.AddSeconds(i / 10),
                });
            await rows.SaveChangesAsync();
        }
        foreach (var (field, key) in ((string, Func<JsonNode, string>)[])[("createdAt", s => (string)s["createdAt"]!), ("name", s => (string)s["name"]!), ("size", s => $"{(long)s["size"]!:000}")])
            foreach (var down in (bool[])[false, true])
            {
                var seen = new List<JsonNode>();
                string? after = null;
                do
                {
                    var page = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides?limit=5&sort={(down ? "-" : "")}{field}{(after is null ? "" : $"&after={after}")}");
                    seen.AddRange(page!["items"]!.AsArray().Select(item => item!));
                    after = (string?)page["next"];
                }
                while (after is not null);
                Assert.Equal(23, seen.Count);
                Assert.Equal(23, seen.Select(s => (string)s["id"]!).Distinct().Count());
                string[] keys = [.. seen.Select(key)];
                Assert.Equal(down ? keys.OrderDescending(StringComparer.Ordinal) : keys.Order(StringComparer.Ordinal), keys);
            }
        Assert.Equal(23, (await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/slides?state=ready"))!["items"]!.AsArray().Count);
        Assert.Empty((await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/slides?state=needs-mpp"))!["items"]!.AsArray());
        Assert.Equal(12, (await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/slides?vendor=listed"))!["items"]!.AsArray().Count);

        var next = (string)(await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/slides?limit=5"))!["next"]!;
        foreach (var (query, field) in ((string, string)[])[("sort=colour", "sort"), ("sort=--name", "sort"), ("limit=0", "limit"), ("limit=many", "limit"), ("after=nonsense", "after"),
                     ($"after={next}&sort=name", "after"), ("after=WyItY3JlYXRlZEF0Iiwibm90IGEgdGltZSIsIjAxOTNjMWQyN2E1NDdjMTE5YTBlNWYyZDhhN2I2YzAxIl0", "after"), ("state=asleep", "state")])
        {
            var answer = await service.Client.GetAsync($"/api/v1/slides?{query}");
            Assert.Equal("request-unreadable", await answer.ProblemAsync(400));
            Assert.True((await answer.JsonAsync())["errors"]?[field] is not null, query + ": " + await answer.Content.ReadAsStringAsync());
        }

        // The longest names, in any script.
        await using (var rows = service.Rows())
        {
            foreach (var end in "123")
                rows.Slides.Add(new Slide { Name = new string('切', 199) + end, FileName = "x.svs", Sha256 = $"long {end}", Vendor = "long", BlobKey = "slides/none", State = SlideState.Ready });
            await rows.SaveChangesAsync();
        }
        var ends = "";
        for (string? after = ""; after is not null;)
        {
            var page = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides?vendor=long&sort=name&limit=1{(after == "" ? "" : $"&after={after}")}");
            (ends, after) = (ends + ((string)page!["items"]![0]!["name"]!)[^1], (string?)page["next"]);
        }
        Assert.Equal("123", ends);
    }
}
