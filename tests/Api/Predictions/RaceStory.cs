using System.Net;
using System.Net.Http.Json;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Predictions;

/// <summary>Two predictions of one slide that are asked for at the same moment, the same on both databases.</summary>
static class RaceStory
{
    public static async Task TellAsync(Service service)
    {
        var slide = (await Planted.SlidesAsync(service, 1, "race-"))[0];
        // They want the same features, which nobody has asked for yet.
        var models = new[] { "first", "second" }.Select(name => new Model
        {
            Name = name, Sha256 = name.PadRight(64, '0'), EncoderId = "stain-texture", Dim = 96, Classes = ["a", "b"], BlobKey = $"models/{name}", Mpp = 1, TileSize = 256,
        }).ToArray();
        await using var rows = service.Rows();
        rows.AddRange(models);
        await rows.SaveChangesAsync();
        Task<HttpResponseMessage> AskAsync(int model) => service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = models[model].Id });

        HttpResponseMessage? second = null;
        using (RowWatch.Saving<Prediction>(() => second = Task.Run(() => AskAsync(1)).GetAwaiter().GetResult()))
        {
            var first = await AskAsync(0);
            Assert.True(first.StatusCode == HttpStatusCode.Accepted, await first.Content.ReadAsStringAsync());
        }
        Assert.Equal(HttpStatusCode.Accepted, second!.StatusCode);
        Assert.Equal(2, await rows.Predictions.CountAsync(p => p.SlideId == slide));
        var features = await rows.Jobs.SingleAsync(j => j.SlideId == slide && j.Kind == JobKind.Extract && j.Key.Contains("-1-"));
        Assert.Equal(2, await rows.Jobs.CountAsync(j => j.Kind == JobKind.Predict && j.AfterId == features.Id));

        // A slide that is removed at that moment is not there.
        var gone = (await Planted.SlidesAsync(service, 1, "gone-"))[0];
        using (RowWatch.Saving<Prediction>(() => service.Rows().Slides.Where(s => s.Id == gone).ExecuteDelete()))
            Assert.Equal("slide-unknown", await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = gone, modelId = models[0].Id })).ProblemAsync(404));
    }
}
