using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Mhim.EndToEnd.Tests;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Predictions;

public sealed class ReadingTests
{
    [SlideFact]
    public async Task A_prediction_is_looked_at_tile_by_tile_judged_and_taken_along_as_a_report()
    {
        using var service = new Service();
        using var form = new MultipartFormDataContent();
        foreach (var file in Directory.EnumerateFiles(TinyModel.Folder))
            form.Add(new ByteArrayContent(File.ReadAllBytes(file)), "files", Path.GetFileName(file));
        var model = (string)(await (await service.Client.PostAsync("/api/v1/models", form)).JsonAsync())["id"]!;
        var slide = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        var asked = await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model })).JsonAsync();
        var id = (string)asked["id"]!;
        if ((string?)asked["state"] != "succeeded")
            Assert.Equal("prediction-not-ready", await (await service.Client.GetAsync($"/api/v1/predictions/{id}/report.pdf")).ProblemAsync(409));
        await SucceededAsync(service, id);
        await ReadingStory.TellAsync(service, id);

        // Of several slides at once; a list that is asked for of too many is refused, not cut.
        async Task<int> OfAsync(params string[] slides) =>
            (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/predictions?{string.Join('&', slides.Select(one => $"slideId={one}"))}"))!["items"]!.AsArray().Count;
        var nowhere = Guid.CreateVersion7().ToString();
        Assert.Equal((1, 1, 0), (await OfAsync(slide), await OfAsync(nowhere, slide), await OfAsync(nowhere)));
        await (await service.Client.GetAsync($"/api/v1/predictions?{string.Join('&', Enumerable.Repeat($"slideId={slide}", 201))}")).ProblemAsync(400);
    }

    [Fact]
    public async Task Two_predictions_of_a_slide_that_are_asked_for_at_once_are_both_made()
    {
        using var service = new Service();
        await RaceStory.TellAsync(service);
    }

    [SlideFact]
    public async Task A_model_that_does_not_name_its_tiles_gets_its_encoders_whatever_the_service_cuts_uploads_into()
    {
        using var service = new Service();
        service.Settings["Mhim:Features:Mpp"] = "0.51";
        using var form = new MultipartFormDataContent();
        foreach (var file in Directory.EnumerateFiles(TinyModel.Folder))
        {
            var content = File.ReadAllBytes(file);
            if (Path.GetFileName(file) == "card.json")
            {
                var card = JsonNode.Parse(content)!;
                (card["features"]!["mpp"], card["features"]!["tileSize"]) = (null, null);
                content = System.Text.Encoding.UTF8.GetBytes(card.ToJsonString());
            }
            form.Add(new ByteArrayContent(content), "files", Path.GetFileName(file));
        }
        var model = (string)(await (await service.Client.PostAsync("/api/v1/models", form)).JsonAsync())["id"]!;
        var slide = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        var id = (string)(await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model })).JsonAsync())["id"]!;
        await SucceededAsync(service, id);
        Assert.Equal(0.5, (double)(await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/predictions/{id}/tiles"))!["mpp"]!);
        // The slide's own features are cut as the service was told, and are features all the same.
        await service.WaitForSlideAsync(slide, "ready");
        await service.AtRestAsync();
        await using var rows = service.Rows();
        Assert.Equal([("stain-texture-0.5-256", JobState.Succeeded), ("stain-texture-0.51-256", JobState.Succeeded)],
            (await rows.Jobs.Where(j => j.Kind == JobKind.Extract).Select(j => new { j.Variant, j.State }).ToListAsync()).Select(j => (j.Variant, j.State)).Order());
    }

    static async Task SucceededAsync(Service service, string id)
    {
        JsonNode? answer = null;
        for (var end = DateTime.UtcNow.AddMinutes(10); DateTime.UtcNow < end && (string?)(answer = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/predictions/{id}"))?["state"] is not ("succeeded" or "failed");)
            await Task.Delay(100);
        Assert.True((string?)answer!["state"] == "succeeded", answer.ToJsonString());
    }
}
