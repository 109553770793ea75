using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Slides;

/// <summary>The tiles of a slide: by which rules they are cut, and which of its grids its row tells of.</summary>
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

    [SlideFact]
    public async Task A_slides_row_tells_of_its_own_grid_whatever_else_it_is_cut_into()
    {
        using var service = new Service();
        var id = Guid.Parse(await ReadyAsync(service));
        await using var rows = service.Rows();
        async Task<(int?, double?)> SaidAsync() => await rows.Slides.AsNoTracking().Where(s => s.Id == id).Select(s => new ValueTuple<int?, double?>(s.TileCount, s.TissueShare)).SingleAsync();
        var own = await SaidAsync();

        // A model of finer tiles, of which there are more.
        var model = new Model { Name = "finer", Sha256 = new string('0', 64), EncoderId = "stain-texture", Dim = 256, Classes = ["a", "b"], BlobKey = "models/finer", Mpp = 0.48, TileSize = 256 };
        rows.Add(model);
        await rows.SaveChangesAsync();
        Assert.Equal(HttpStatusCode.Accepted, (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = id, modelId = model.Id })).StatusCode);
        await service.AtRestAsync();
        Assert.Equal(2, await rows.Jobs.CountAsync(j => j.Variant == "stain-texture-0.48-256" && j.State == JobState.Succeeded));
        Assert.Equal(own, await SaidAsync());

        // Extraction cuts anew where the rules have changed since; the row is then to tell of that grid.
        await rows.Slides.ExecuteUpdateAsync(set => set.SetProperty(s => s.TileCount, 1).SetProperty(s => s.TissueShare, 0.001));
        var extract = await rows.Jobs.AsNoTracking().SingleAsync(j => j.Kind == JobKind.Extract && j.Variant == "stain-texture-0.5-256");
        await rows.Jobs.Where(j => j.Id == extract.Id).ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Failed));
        Assert.Equal(HttpStatusCode.OK, (await service.Client.PostAsync($"/api/v1/jobs/{extract.Id}/retry", null)).StatusCode);
        await service.AtRestAsync();
        Assert.Equal(own, await SaidAsync());
    }
}
