using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Predictions;

/// <summary>What people are told of a prediction that cannot be made.</summary>
public sealed class ReasonTests(Service service) : IClassFixture<Service>
{
    async Task<Model> ModelAsync(string name, string encoder, double mpp)
    {
        await using var rows = service.Rows();
        var model = new Model { Name = name, Sha256 = name.PadRight(64, '0'), EncoderId = encoder, Dim = 256, Classes = ["a", "b"], BlobKey = $"models/{name}", Mpp = mpp, TileSize = 256 };
        rows.Add(model);
        await rows.SaveChangesAsync();
        return model;
    }

    [Fact]
    public async Task A_prediction_whose_features_cannot_be_made_says_why_they_could_not()
    {
        var slide = (await Planted.SlidesAsync(service, 1, "reason-"))[0]; // of which no file is here, so that nothing else can be cut from it
        var model = await ModelAsync("finer", "stain-texture", 0.48);
        var asked = await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model.Id });
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var path = asked.Headers.Location!.ToString();
        await service.AtRestAsync();
        await using var rows = service.Rows();
        var jobs = await rows.Jobs.AsNoTracking().Where(j => j.SlideId == slide && j.Variant == "stain-texture-0.48-256").ToListAsync();
        var (tile, extract, predict) = (jobs.Single(j => j.Kind == JobKind.Tile), jobs.Single(j => j.Kind == JobKind.Extract), jobs.Single(j => j.Kind == JobKind.Predict));
        Assert.Equal(("prerequisite-failed", "prerequisite-failed"), (extract.ErrorCode, predict.ErrorCode));
        Assert.NotNull(tile.Error);

        async Task TellsAsync(string? code, string? error)
        {
            var one = (await service.Client.GetFromJsonAsync<JsonNode>(path))!;
            Assert.Equal(("failed", code, error, $"{predict.Id}"), ((string?)one["state"], (string?)one["errorCode"], (string?)one["error"], (string?)one["jobId"]));
            Assert.True(JsonNode.DeepEquals(one, (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/predictions?slideId={slide}"))!["items"]!.AsArray().Single()));
            var report = await service.Client.GetAsync($"{path}/report.pdf");
            Assert.Equal("prediction-not-ready", await report.ProblemAsync(409));
            Assert.Contains(error!, (string?)(await report.JsonAsync())["detail"]);
        }
        await TellsAsync(tile.ErrorCode, tile.Error);
        // As if the tiles had been cut, and then not be encoded.
        await rows.Jobs.Where(j => j.Id == extract.Id).ExecuteUpdateAsync(set => set.SetProperty(j => j.ErrorCode, "all-blurred").SetProperty(j => j.Error, "None is in focus."));
        await rows.Jobs.Where(j => j.Id == tile.Id).ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Succeeded));
        await TellsAsync("all-blurred", "None is in focus.");
    }

    [Fact]
    public async Task A_model_whose_encoder_has_a_name_that_no_encoder_can_have_is_refused_with_the_way_out()
    {
        var slide = (await Planted.SlidesAsync(service, 1, "named-"))[0];
        var model = await ModelAsync("foreign", "H-Optimus 0", 0.5);
        var refused = await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model.Id });
        Assert.Equal("encoder-unknown", await refused.ProblemAsync(422));
        var sentence = (string)(await refused.JsonAsync())["errors"]!["modelId"]![0]!;
        Assert.Contains("'foreign'", sentence);
        Assert.Contains("'H-Optimus 0'", sentence);
        Assert.Contains("mhim encoder add", sentence);
        await using var rows = service.Rows();
        Assert.False(await rows.Predictions.AnyAsync(p => p.ModelId == model.Id));
    }
}
