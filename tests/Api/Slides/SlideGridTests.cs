using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Workers.Tests;

namespace Mhim.Api.Tests.Slides;

/// <summary>The tiles of a slide, and the rules by which they are cut.</summary>
public sealed class SlideGridTests
{
    static async Task<string> ReadyAsync(Service service)
    {
        var id = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        await service.WaitForSlideAsync(id, "ready");
        return id;
    }

    [SlideFact]
    public async Task Rules_that_the_service_was_told_otherwise_than_by_its_environment_are_those_of_its_jobs()
    {
        using var service = new Service();
        (service.Settings["Mhim:Features:MinTissue"], service.Settings["Mhim:Features:KeepBlurred"]) = ("0", "true"); // every tile there is
        var fates = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{await ReadyAsync(service)}"))!["tileFates"]!;
        Assert.True((long)fates["read"]! > 0);
        Assert.Equal((0L, 0L), ((long)fates["no-tissue"]!, (long)fates["blur"]!));
    }
}
