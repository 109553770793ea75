using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Hosting;

public sealed class ConventionTests
{
    [Fact]
    public async Task Pages_hold_every_row_once_in_order_whatever_they_are_sorted_by()
    {
        using var service = new Service();
        await ListStory.TellAsync(service);
    }

    [Fact]
    public async Task A_named_creation_that_is_sent_again_gives_the_same_answer_and_makes_nothing()
    {
        using var service = new Service();
        await RepeatStory.TellAsync(service);
    }

    [Fact]
    public async Task A_named_creation_whose_client_is_gone_as_it_was_made_is_known_when_it_is_sent_again()
    {
        using var service = new Service();
        await CutStory.TellAsync(service);
    }

    [Fact]
    public async Task What_is_searched_for_is_found_in_capitals_and_small_letters_of_every_alphabet()
    {
        using var service = new Service();
        await Planted.SlidesAsync(service, 1, "ÄRZTE-Ж-");
        foreach (var search in (string[])["ärzte", "ÄRZTE", "ж-S00"])
            Assert.Single((await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides?search={Uri.EscapeDataString(search)}"))!["items"]!.AsArray());
    }

    [Fact]
    public async Task Who_has_the_answer_already_is_told_so_until_it_changes()
    {
        using var service = new Service();
        var slides = await Planted.SlidesAsync(service, 1);
        var path = $"/api/v1/slides/{slides[0]}";
        var tag = (await service.Client.GetAsync(path)).Headers.ETag!;
        Task<HttpResponseMessage> AskAsync()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.IfNoneMatch.Add(tag);
            return service.Client.SendAsync(request);
        }
        var same = await AskAsync();
        Assert.Equal((HttpStatusCode.NotModified, ""), (same.StatusCode, await same.Content.ReadAsStringAsync()));
        await using var rows = service.Rows();
        await rows.Slides.ExecuteUpdateAsync(set => set.SetProperty(s => s.State, SlideState.NeedsMpp));
        var other = await AskAsync();
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.NotEqual(tag, other.Headers.ETag);
        using var stale = new HttpRequestMessage(HttpMethod.Patch, path) { Content = JsonContent.Create(new { anyStain = true }) };
        stale.Headers.IfMatch.Add(tag);
        Assert.Equal("changed", await (await service.Client.SendAsync(stale)).ProblemAsync(412));
        Assert.False(await rows.Slides.Select(s => s.AnyStain).SingleAsync());
        using var fresh = new HttpRequestMessage(HttpMethod.Patch, path) { Content = JsonContent.Create(new { anyStain = true }) };
        fresh.Headers.IfMatch.Add(other.Headers.ETag!);
        Assert.True((bool)(await (await service.Client.SendAsync(fresh)).JsonAsync())["anyStain"]!);
    }

    [Fact]
    public async Task A_job_is_followed_through_the_rows_until_it_ends()
    {
        using var service = new Service();
        var slides = await Planted.SlidesAsync(service, 1);
        await using var rows = service.Rows();
        var job = await rows.Jobs.Where(j => j.Kind == JobKind.Extract).Select(j => j.Id).SingleAsync();
        // Another process has it.
        await rows.Jobs.Where(j => j.Id == job).ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Running).SetProperty(j => j.HeartbeatAt, DateTime.UtcNow.AddHours(1)));
        using var stream = await service.Client.GetStreamAsync($"/api/v1/jobs/{job}/events");
        using var reader = new StreamReader(stream);
        async Task<(string? Id, string? Name, JsonNode Data)> NextAsync()
        {
            var lines = new List<string>();
            while (await reader.ReadLineAsync() is { Length: > 0 } line)
                lines.Add(line);
            string? Of(string field) => lines.FirstOrDefault(line => line.StartsWith(field + ": ", StringComparison.Ordinal))?[(field.Length + 2)..];
            return (Of("id"), Of("event"), JsonNode.Parse(Of("data")!)!);
        }
        var first = await NextAsync();
        Assert.Equal(("job", "running"), (first.Name, (string?)first.Data["state"]));
        await rows.Jobs.Where(j => j.Id == job).ExecuteUpdateAsync(set => set.SetProperty(j => j.Progress, 0.5).SetProperty(j => j.Step, "halfway"));
        Assert.Equal("halfway", (string?)(await NextAsync()).Data["step"]);
        await rows.Jobs.Where(j => j.Id == job).ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Failed).SetProperty(j => j.Error, "Broken."));
        var last = await NextAsync();
        Assert.Equal(("end", "failed", "Broken."), (last.Id, (string?)last.Data["state"], (string?)last.Data["error"]));
        Assert.Null(await reader.ReadLineAsync());
        // A browser that comes again is told to stop; whoever asks anew hears the end.
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/jobs/{job}/events") { Headers = { { "Last-Event-ID", "end" } } };
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.SendAsync(again)).StatusCode);
        Assert.Contains("event: slide\n", await service.Client.GetStringAsync($"/api/v1/slides/{slides[0]}/events"));
        Assert.Equal("job-unknown", await (await service.Client.GetAsync($"/api/v1/jobs/{Guid.NewGuid()}/events")).ProblemAsync(404));
    }

    [Fact]
    public async Task The_document_is_OpenAPI_3_1_and_leaves_nothing_without_words_or_example()
    {
        using var service = new Service();
        var document = await service.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json");
        Assert.StartsWith("3.1.", (string?)document!["openapi"]);
        var lacking = new List<string>();
        Assert.Equal(["needs-mpp", "processing", "ready", "failed"], document["paths"]!["/api/v1/slides"]!["get"]!["parameters"]!.AsArray().Single(p => (string?)p!["name"] == "state")!
            ["schema"]!["enum"]!.AsArray().Select(word => (string)word!));
        var ids = new HashSet<string>();
        foreach (var (path, item) in document["paths"]!.AsObject().Where(p => p.Key.StartsWith("/api/", StringComparison.Ordinal)))
            foreach (var (method, operation) in item!.AsObject().Where(o => o.Value is JsonObject))
            {
                var at = $"{method} {path}";
                if (string.IsNullOrEmpty((string?)operation!["summary"]) || !ids.Add((string)operation["operationId"]!))
                    lacking.Add(at);
                foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                    if (string.IsNullOrEmpty((string?)parameter!["description"]))
                        lacking.Add($"{at}: {parameter["name"]}");
                if (operation["requestBody"]?["content"]?["application/json"] is { } body && body["example"] is null)
                    lacking.Add($"{at}: request");
                foreach (var (status, response) in operation["responses"]!.AsObject().Where(r => r.Key is "200" or "201" or "202" or "400"))
                    foreach (var (type, content) in response!["content"]?.AsObject().ToList() ?? [])
                        if (type is "application/json" or "application/problem+json" && content!["schema"] is not null && content["example"] is null)
                            lacking.Add($"{at}: {status}");
            }
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject().Where(s => s.Key.EndsWith("Dto", StringComparison.Ordinal) || s.Key.EndsWith("Request", StringComparison.Ordinal)))
            foreach (var (field, value) in schema!["properties"]!.AsObject())
                if (value!["$ref"] is null && value["description"] is null && value["oneOf"] is null)
                    lacking.Add($"{name}.{field}");
        Assert.True(lacking.Count == 0, string.Join('\n', lacking));
    }
}
