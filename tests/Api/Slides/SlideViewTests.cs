using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Workers.Tests;

namespace Mhim.Api.Tests.Slides;

public sealed class SlideViewTests(Service service) : IClassFixture<Service>
{
    [SlideFact]
    public async Task A_resolution_that_is_refused_is_no_scale_for_the_viewer_until_somebody_says_it()
    {
        var bytes = File.ReadAllBytes(TestData.Slide("IDC_14082_4um.tif"));
        var slide = await (await service.UploadAsync(bytes, "coarse.tif")).JsonAsync();
        Assert.Equal(("mpp-implausible", null), ((string?)slide["problemCode"], (double?)slide["mpp"]));
        var path = $"/api/v1/slides/{slide["id"]}";
        Assert.Null((double?)(await service.Client.GetFromJsonAsync<JsonNode>($"{path}/view"))!["mpp"]);
        async Task<JsonNode> ResolutionAsync() => (await service.Client.GetFromJsonAsync<JsonNode>(path))!["resolution"]!;
        Assert.NotEqual("user", (string?)(await ResolutionAsync())["source"]);
        Assert.True((await service.Client.PatchAsJsonAsync(path, new { mpp = 4 })).IsSuccessStatusCode);
        var said = await ResolutionAsync(); // the slide had been opened before
        Assert.Equal(("user", 4), ((string?)said["source"], (double?)said["mpp"]));
        Assert.Equal(4, (double?)(await service.Client.GetFromJsonAsync<JsonNode>($"{path}/view"))!["mpp"]);
    }

    [SlideFact]
    public async Task A_viewer_is_told_the_grid_with_the_fate_of_each_place_and_slides_are_found_by_a_part_of_their_name()
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs"))), "file", "CMU-1.svs" } };
        var id = (string)(await (await service.Client.PostAsync("/api/v1/slides", form)).JsonAsync())["id"]!;
        JsonNode details;
        for (var end = DateTime.UtcNow.AddMinutes(10); ; await Task.Delay(50))
            if ((string)(details = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{id}"))!)["slide"]!["state"]! is "ready" or "failed" || DateTime.UtcNow > end)
                break;
        var view = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{id}/view"))!;
        var grid = view["grid"]!;
        var (x, y, side) = (grid["x"]!.AsArray(), grid["y"]!.AsArray(), (long)grid["tileSizeLevel0"]!);
        var fates = Convert.FromBase64String((string)grid["fates"]!);
        Assert.Equal(x.Count * y.Count, fates.Length);
        Assert.True((long)x[^1]! + side <= (long)view["scanned"]!["x"]! + (long)view["scanned"]!["width"]! && (long)x[1]! - (long)x[0]! == side);
        foreach (var (fate, word) in grid["words"]!.AsArray().Select((word, i) => (i, (string)word!)))
            Assert.Equal((long)details["tileFates"]![word]!, fates.LongCount(f => f == fate));
        Assert.Equal((double)details["slide"]!["mpp"]!, (double)view["mpp"]!);

        async Task<int> FoundAsync(string part) => (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides?search={Uri.EscapeDataString(part)}"))!["items"]!.AsArray().Count;
        Assert.Equal((1, 1, 0, 0), (await FoundAsync("cmu"), await FoundAsync("-1.SVS"), await FoundAsync("%"), await FoundAsync("other")));
    }
}
