using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Mhim.Api.Tests.Runs;

public sealed class RunTests(Service service) : IClassFixture<Service>
{
    [Fact]
    public Task A_cohort_becomes_a_run_with_a_job_for_each_fold_and_its_models_can_predict() => RunStory.TellAsync(service, twice: true);

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_field_by_field_and_all_at_once()
    {
        var answer = await service.Client.PostAsJsonAsync("/api/v1/runs", new { preset = "magic", folds = 1, seed = -1, epochs = 0, learningRate = 2, width = 12, name = "",
            student = "teacher", mhimLr = 0, search = "all", restarts = 101, survivalAlpha = 1 });
        Assert.Equal("request-unreadable", await answer.ProblemAsync(400));
        Assert.Equal(["cohortId", "epochs", "folds", "learningRate", "mhimLr", "name", "preset", "restarts", "search", "seed", "student", "survivalAlpha", "width"], (await answer.JsonAsync())["errors"]!.AsObject().Select(e => e.Key).Order());
        var kind = await service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = Guid.NewGuid(), folds = "many" });
        Assert.Equal("request-unreadable", await kind.ProblemAsync(400));
        Assert.NotNull((await kind.JsonAsync())["errors"]!["folds"]);
        Assert.Equal("cohort-unknown", await (await service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = Guid.NewGuid() })).ProblemAsync(404));
        Assert.Equal("encoder-unknown", await (await service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = Guid.NewGuid(), encoder = "../x" })).ProblemAsync(422));
        foreach (var (tiles, fields) in new (object, string[])[]
            { (new { cohortId = Guid.NewGuid(), tileSize = 512 }, ["tileSize"]), (new { cohortId = Guid.NewGuid(), encoder = "stain-texture", mpp = 1.0, tileSize = 128 }, ["mpp", "tileSize"]) })
        {
            var misfit = await service.Client.PostAsJsonAsync("/api/v1/runs", tiles);
            Assert.Equal("encoder-mismatch", await misfit.ProblemAsync(422));
            Assert.Equal(fields, (await misfit.JsonAsync())["errors"]!.AsObject().Select(e => e.Key));
        }
        await Planted.SlidesAsync(service, 8, "v-");
        var cohort = await RunStory.CohortAsync(service, "validated", Planted.Table(8, "v-"));
        var useless = await service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = (string)cohort["id"]!, preset = "abmil", maskRatio = 0.1, folds = 2 });
        Assert.Equal("setting-without-use", await useless.ProblemAsync(422));
        foreach (var (wrong, code) in new (object, string)[]
            { (new { cohortId = (string)cohort["id"]!, preset = "plain", search = "reference", folds = 2 }, "setting-without-use"), (new { cohortId = (string)cohort["id"]!, preset = "plain", student = "baseline", folds = 2 }, "setting-without-use"),
              (new { cohortId = (string)cohort["id"]!, survivalAlpha = 0.15, folds = 2 }, "alpha-without-survival") })
            Assert.Equal(code, await (await service.Client.PostAsJsonAsync("/api/v1/runs", wrong)).ProblemAsync(422));
        var many = await service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = (string)cohort["id"]!, folds = 10 });
        Assert.Equal("folds-too-many", await many.ProblemAsync(422));
        Assert.NotNull((await many.JsonAsync())["errors"]!["folds"]);
        await using var rows = service.Rows();
        Assert.False(await rows.Runs.AnyAsync(r => r.CohortId == Guid.Parse((string)cohort["id"]!)));
    }

    [Fact]
    public async Task A_run_searches_and_restarts_as_on_the_command_line()
    {
        await Planted.SlidesAsync(service, 8, "x-");
        var cohort = await RunStory.CohortAsync(service, "searched", Planted.Table(8, "x-"));
        var run = await (await service.Client.PostAsJsonAsync("/api/v1/runs", new
        {
            cohortId = (string)cohort["id"]!, name = "searched", preset = "small", folds = 2, epochs = 1, width = 8, seed = 3, search = "reference", restarts = 1, student = "baseline", mhimLr = 1e-4,
        })).JsonAsync();
        var done = await RunStory.WaitAsync(service, run, "succeeded", "failed");
        Assert.Equal("succeeded", (string?)done["state"]);
        Assert.Equal(("reference", 1, "baseline", 1e-4), ((string)done["settings"]!["search"]!, (int)done["settings"]!["restarts"]!, (string)done["settings"]!["student"]!, (double)done["settings"]!["mhimLr"]!));
        var told = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/runs/{run["id"]}/run.json"))!;
        Assert.Equal((1, "Baseline", 1e-4), ((int)told["options"]!["restarts"]!, (string)told["options"]!["student"]!, (double)told["options"]!["training"]!["learningRate"]!));
        foreach (var fold in (int[])[0, 1])
            Assert.Equal(2 + 2 * 18, service.Files.Count(file => file.Contains($"{run["id"]}/fold-{fold}/search/") && file.EndsWith("training.json", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_run_waits_for_features_is_called_off_goes_on_when_asked_and_names_the_job_that_failed_it()
    {
        var slides = await Planted.SlidesAsync(service, 8, "w-");
        // As if two slides were still being encoded.
        await using var rows = service.Rows();
        await rows.Jobs.Where(j => j.Kind == JobKind.Extract && (j.SlideId == slides[0] || j.SlideId == slides[1]))
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Running).SetProperty(j => j.Lease, Guid.NewGuid()).SetProperty(j => j.HeartbeatAt, DateTime.UtcNow.AddHours(1)));
        var cohort = await RunStory.CohortAsync(service, "waiting", Planted.Table(8, "w-"));
        var run = await (await service.Client.PostAsJsonAsync("/api/v1/runs", RunStory.Request(cohort, "waiting"))).JsonAsync();
        Assert.Equal("waiting", (string?)run["state"]);
        Assert.Equal("""{"wanted":8,"ready":6,"failed":0}""", run["features"]!.ToJsonString());
        Assert.Equal(["waiting"], (await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/runs?state=waiting"))!["items"]!.AsArray().Select(r => (string)r!["name"]!));

        var off = await (await service.Client.PostAsync($"/api/v1/runs/{run["id"]}/cancel", null)).JsonAsync();
        Assert.Equal("cancelled", (string?)off["state"]);
        Assert.Equal("run-ended", await (await service.Client.PostAsync($"/api/v1/runs/{run["id"]}/cancel", null)).ProblemAsync(409));
        Assert.Equal("waiting", (string?)(await (await service.Client.PostAsync($"/api/v1/runs/{run["id"]}/retry", null)).JsonAsync())["state"]);
        Assert.Equal("run-not-ended", await (await service.Client.PostAsync($"/api/v1/runs/{run["id"]}/retry", null)).ProblemAsync(409));

        // The features come, but a file of theirs is not there.
        var variant = (string)run["variant"]!;
        var lost = Path.Combine(service.Blobs, BlobKeys.Features(slides[2], variant));
        File.Move(lost, lost + ".away");
        await rows.Jobs.Where(j => j.Kind == JobKind.Extract && (j.SlideId == slides[0] || j.SlideId == slides[1])).ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Succeeded));
        await service.Services.GetRequiredService<JobBook>().SettleAsync(default);
        var failed = await RunStory.WaitAsync(service, run, "failed", "succeeded");
        Assert.Equal(("failed", "features-missing"), ((string?)failed["state"], (string?)failed["errorCode"]));
        Assert.Contains("w-s02", (string?)failed["error"]);

        File.Move(lost + ".away", lost);
        Assert.Equal(HttpStatusCode.OK, (await service.Client.PostAsync($"/api/v1/runs/{run["id"]}/retry", null)).StatusCode);
        Assert.Equal("succeeded", (string?)(await RunStory.WaitAsync(service, run, "failed", "succeeded"))["state"]);
    }

    [Fact]
    public async Task The_encoders_that_can_be_chosen_are_listed_with_the_services_own_choice()
    {
        var encoders = await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/encoders");
        Assert.Equal("stain-texture", (string?)encoders!.AsArray().Single(e => (bool)e!["chosen"]!)!["id"]);
        Assert.True((int)(await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/encoders/stain-texture"))!["dim"]! > 0);
        Assert.Equal("encoder-unknown", await (await service.Client.GetAsync("/api/v1/encoders/uni")).ProblemAsync(404));
    }
}
