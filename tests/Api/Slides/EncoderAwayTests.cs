using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Slides;

/// <summary>Slides whose encoder was there when they came, and is not any more.</summary>
public sealed class EncoderAwayTests(Service service) : IClassFixture<Service>
{
    const string Away = "gone-encoder";

    [Fact]
    public async Task A_slide_whose_encoder_is_away_can_be_looked_at_changed_and_removed()
    {
        var id = Guid.Parse((string)(await (await service.UploadAsync([.. UploadTests.NoResolution.Value, 21], "left-behind.tif")).JsonAsync())["id"]!);
        await using var rows = service.Rows();
        await rows.Slides.Where(s => s.Id == id).ExecuteUpdateAsync(set => set.SetProperty(s => s.EncoderId, Away));
        var path = $"/api/v1/slides/{id}";
        var seen = await service.Client.GetAsync(path);
        Assert.True(seen.StatusCode == HttpStatusCode.OK, await seen.Content.ReadAsStringAsync());
        Assert.Equal(Away, (string?)(await seen.JsonAsync())["slide"]!["encoderId"]);
        Assert.Null((await service.Client.GetFromJsonAsync<JsonNode>($"{path}/view"))!["grid"]);

        async Task<HttpResponseMessage> GuardedAsync(HttpMethod method, EntityTagHeaderValue tag, object? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body), Headers = { IfMatch = { tag } } };
            return await service.Client.SendAsync(request);
        }
        Assert.Equal(HttpStatusCode.OK, (await GuardedAsync(HttpMethod.Patch, seen.Headers.ETag!, new { anyStain = true })).StatusCode);
        Assert.Equal("changed", await (await GuardedAsync(HttpMethod.Delete, seen.Headers.ETag!)).ProblemAsync(412));
        // What would have to be planned for it is refused all the same.
        Assert.Equal("encoder-unknown", await (await service.Client.PatchAsJsonAsync(path, new { mpp = 0.5 })).ProblemAsync(422));
        Assert.Equal(HttpStatusCode.NoContent, (await GuardedAsync(HttpMethod.Delete, (await service.Client.GetAsync(path)).Headers.ETag!)).StatusCode);
    }

    [SlideFact]
    public async Task Its_grid_is_still_the_one_that_it_was_asked_for()
    {
        var id = Guid.Parse((string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!);
        await service.WaitForSlideAsync($"{id}", "ready");
        var path = $"/api/v1/slides/{id}";
        var before = (await service.Client.GetFromJsonAsync<JsonNode>(path))!;
        await using var rows = service.Rows();
        await rows.Slides.Where(s => s.Id == id).ExecuteUpdateAsync(set => set.SetProperty(s => s.EncoderId, Away));
        await rows.Jobs.Where(j => j.SlideId == id).ExecuteUpdateAsync(set => set.SetProperty(j => j.Variant, $"{Away}-0.5-256"));
        var after = (await service.Client.GetFromJsonAsync<JsonNode>(path))!;
        Assert.True(JsonNode.DeepEquals(before["quality"], after["quality"]) && after["quality"] is not null);
        Assert.Equal((long)before["slide"]!["tileCount"]!, (long)after["tileFates"]!["read"]!);
        Assert.NotNull((await service.Client.GetFromJsonAsync<JsonNode>($"{path}/view"))!["grid"]);
    }
}
