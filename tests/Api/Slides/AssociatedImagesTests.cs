using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Workers.Tests;

namespace Mhim.Api.Tests.Slides;

/// <summary>Label and macro images can show a patient's name.</summary>
public sealed class AssociatedImagesTests
{
    const string Key = "Mhim:AssociatedImages";
    static readonly string[] Names = ["label", "macro", "thumbnail"];

    [SlideTheory]
    [InlineData(null)]
    [InlineData("false")]
    public async Task By_default_there_is_no_way_to_them_and_nothing_of_them_is_stored(string? setting)
    {
        using var service = new Service();
        if (setting is not null)
            service.Settings[Key] = setting;
        var id = await UploadedAsync(service);
        foreach (var name in Names)
            Assert.Equal(HttpStatusCode.NotFound, (await service.Client.GetAsync($"/api/v1/slides/{id}/associated/{name}")).StatusCode);
        Assert.DoesNotContain("associated", await service.Client.GetStringAsync("/openapi/v1.json"));
        // Of the slide itself and what is made of it, every picture is one of the pyramid's shape: 2220 to 2967.
        await service.WaitForSlideAsync(id, "ready", "tiled", "encoded");
        var answer = await service.Client.GetAsync($"/api/v1/slides/{id}/thumbnail");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var thumbnail = NetVips.Image.NewFromBuffer(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(2220 / 2967.0, thumbnail.Width / (double)thumbnail.Height, 0.01);
        Assert.Single(service.Files, file => Path.GetExtension(file) is ".png" or ".jpg" or ".jpeg");
    }

    [SlideFact]
    public async Task Where_the_administrator_asks_for_them_they_are_served_and_never_kept_by_a_cache()
    {
        using var service = new Service();
        service.Settings[Key] = "true";
        var id = await UploadedAsync(service);
        foreach (var (name, width, height) in new[] { ("label", 387, 463), ("macro", 1280, 431), ("thumbnail", 574, 768) })
        {
            var answer = await service.Client.GetAsync($"/api/v1/slides/{id}/associated/{name}");
            Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Headers.CacheControl!.NoStore));
            using var image = NetVips.Image.NewFromBuffer(await answer.Content.ReadAsByteArrayAsync());
            Assert.Equal((width, height), (image.Width, image.Height));
        }
        Assert.Equal("image-unknown", await (await service.Client.GetAsync($"/api/v1/slides/{id}/associated/patient")).ProblemAsync(404));
        Assert.Equal("slide-unknown", await (await service.Client.GetAsync($"/api/v1/slides/{Guid.NewGuid()}/associated/label")).ProblemAsync(404));
    }

    static async Task<string> UploadedAsync(Service service) =>
        (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
}
