using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Runs;

/// <summary>Cohort, run, results and models, the same on both databases.</summary>
static class RunStory
{
    public static async Task<JsonNode> CohortAsync(Service service, string name, string table)
    {
        using var csv = new StringContent(table, Encoding.UTF8, "text/csv");
        var answer = await service.Client.PostAsync($"/api/v1/cohorts?name={name}", csv);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.JsonAsync();
    }

    public static object Request(JsonNode cohort, string name) => new { cohortId = (string)cohort["id"]!, name, preset = "small", folds = 2, epochs = 2, width = 16, seed = 3 };

    public static async Task<JsonNode> WaitAsync(Service service, JsonNode run, params string[] states)
    {
        JsonNode? answer = null;
        for (var end = DateTime.UtcNow.AddMinutes(10); DateTime.UtcNow < end; await Task.Delay(100))
            if ((answer = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/runs/{run["id"]}")) is not null && states.Contains((string?)answer["state"]))
                return answer;
        throw new TimeoutException(answer?.ToString());
    }

    /// <param name="service">Empty.</param>
    /// <param name="twice">Whether the run is made once more, to see that its numbers are the same.</param>
    public static async Task TellAsync(Service service, bool twice)
    {
        var slides = await Planted.SlidesAsync(service, 10);
        var cohort = await CohortAsync(service, "story", Planted.Table(12));
        var refused = await service.Client.PostAsJsonAsync("/api/v1/runs", Request(cohort, "short"));
        Assert.Equal("slides-missing", await refused.ProblemAsync(422));
        Assert.Contains("s10, s11", (string)(await refused.JsonAsync())["errors"]!["cohortId"]![0]!);

        var asked = await service.Client.PostAsJsonAsync("/api/v1/runs",
            new { cohortId = (string)cohort["id"]!, name = "story", preset = "small", folds = 2, epochs = 2, width = 16, seed = 3, skipMissing = true });
        Assert.True(asked.StatusCode == HttpStatusCode.Accepted, await asked.Content.ReadAsStringAsync());
        var run = await asked.JsonAsync();
        var path = $"/api/v1/runs/{run["id"]}";
        Assert.Equal("run-not-ready", await (await service.Client.GetAsync($"{path}/report")).ProblemAsync(409));

        // The stream tells of it until it ends, and its last word is what a GET says.
        var events = await service.Client.GetStringAsync($"{path}/events");
        var last = events.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1].Split('\n');
        Assert.Contains("id: end", last);
        var done = await WaitAsync(service, run, "succeeded", "failed");
        Assert.Equal("succeeded", (string?)done["state"]);
        Assert.True(JsonNode.DeepEquals(done, JsonNode.Parse(last.Single(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..])));

        Assert.Equal("""{"wanted":10,"ready":10,"failed":0}""", done["features"]!.ToJsonString());
        Assert.Equal(["succeeded", "succeeded"], done["folds"]!.AsArray().Select(fold => (string)fold!["state"]!));
        Assert.InRange((double)done["score"]!, 0, 1);
        var curves = await service.Client.GetFromJsonAsync<JsonNode>($"{path}/progress");
        Assert.Equal(["baseline 1", "baseline 2", "mhim 1", "mhim 2"], curves![1]!["curve"]!.AsArray().Select(e => $"{e!["stage"]} {e["epoch"]}"));
        Assert.Equal(1 + 2 * 10, (await service.Client.GetStringAsync($"{path}/predictions.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal("classification", (string?)(await service.Client.GetFromJsonAsync<JsonNode>($"{path}/results"))!["task"]);
        var report = await service.Client.GetAsync($"{path}/report");
        Assert.Contains("Run story", await report.Content.ReadAsStringAsync());
        // What a browser lets the page have: its own style and pictures, and nothing that runs.
        Assert.Equal("default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox", Assert.Single(report.Headers.GetValues("Content-Security-Policy")));
        Assert.Contains("2 slides of the cohort were left out", await service.Client.GetStringAsync($"{path}/report"));
        Assert.DoesNotContain(service.Folder, await service.Client.GetStringAsync($"{path}/run.json"));

        await FiguresAsync(service, path, slides);

        var models = await (await service.Client.PostAsJsonAsync($"{path}/models", new { which = "best", name = "from the run" })).JsonAsync();
        var model = models[0]!;
        Assert.Equal(("from the run", (string?)run["id"]), ((string?)model["name"], (string?)model["runId"]));
        Assert.StartsWith("fold-", (string?)model["runModel"]);
        var unknown = await service.Client.PostAsJsonAsync($"{path}/models", new { which = "../../../etc" });
        Assert.Equal("request-unreadable", await unknown.ProblemAsync(400));
        Assert.Equal("cohort-in-use", await (await service.Client.DeleteAsync($"/api/v1/cohorts/{cohort["id"]}")).ProblemAsync(409));

        if (twice)
            await RepeatAsync(service, cohort, path);

        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync(path)).StatusCode);
        Assert.DoesNotContain(service.Files, file => file.Contains((string)run["id"]!));
        Assert.Null((string?)(await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/models/{model["id"]}"))!["runId"]);
        await using var rows = service.Rows();
        Assert.False(await rows.Jobs.AnyAsync(j => j.RunId == Guid.Parse((string)run["id"]!)));
        Assert.Equal(10, await rows.Slides.CountAsync(s => slides.Contains(s.Id) && s.State == SlideState.Ready));
    }

    /// <summary>A run that is named after a cohort whose own name is as long as a name may be.</summary>
    public static async Task LongNameAsync(Service service)
    {
        await Planted.SlidesAsync(service, 8, "l-");
        var cohort = await CohortAsync(service, new string('c', 200), Planted.Table(8, "l-"));
        var asked = await service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = (string)cohort["id"]!, folds = 2, epochs = 1 });
        Assert.True(asked.StatusCode == HttpStatusCode.Accepted, await asked.Content.ReadAsStringAsync());
        var run = await asked.JsonAsync();
        Assert.Matches("^c+…, [a-z0-9-]+, [0-9-]{10} [0-9:.]{12}$", (string?)run["name"]);
        Assert.Equal(200, ((string)run["name"]!).Length);
        await service.Client.PostAsync($"/api/v1/runs/{run["id"]}/cancel", null);
    }

    static async Task FiguresAsync(Service service, string path, Guid[] slides)
    {
        var told = (await service.Client.GetFromJsonAsync<JsonNode>($"{path}/figures"))!;
        var figures = told["figures"]!;
        Assert.Equal(["baseline", "mhim"], figures["models"]!.AsArray().Select(m => (string)m!["stage"]!));
        var results = (await service.Client.GetFromJsonAsync<JsonNode>($"{path}/results"))!;
        foreach (var (model, measured) in figures["models"]!.AsArray().Zip(results["models"]!.AsArray()))
        {
            Assert.Equal((double)measured!["pooled"]!.AsArray().Single(m => (string)m!["name"]! == "auc")!["value"]!, (double)model!["roc"]![0]!["area"]!, 1e-9);
            Assert.Equal(10, model["confusion"]!.AsArray().Sum(row => row!.AsArray().Sum(n => (int)n!)));
            Assert.Equal((int)model["wrongCases"]!, model["mostWrong"]!.AsArray().Count);
            Assert.Equal((int)model["wrongCases"]!, (int)model["confusion"]![0]![1]! + (int)model["confusion"]![1]![0]!);
            Assert.Equal([2, 2], model["training"]!.AsArray().Select(fold => fold!["epochs"]!.AsArray().Count));
            // Every case that was called wrong can be looked at.
            foreach (var wrong in model["mostWrong"]!.AsArray())
                Assert.Contains(slides, id => told["slides"]!.AsArray().Any(s => (string)s!["case"]! == (string)wrong!["id"]! && (Guid)s["slideId"]! == id));
        }
        var curves = (await service.Client.GetFromJsonAsync<JsonNode>($"{path}/progress"))!;
        Assert.NotEqual(1, (double)curves[0]!["curve"]![2]!["kept"]!, 1e-3); // the MHIM stage sees a part, and recycle tokens
        Assert.Equal(1, (double)curves[0]!["curve"]![0]!["kept"]!, 1e-9);
        Assert.Equal(0, (double)curves[1]!["secondsLeft"]!, 60.0);
    }

    static async Task RepeatAsync(Service service, JsonNode cohort, string path)
    {
        var again = await (await service.Client.PostAsJsonAsync("/api/v1/runs",
            new { cohortId = (string)cohort["id"]!, name = "again", preset = "small", folds = 2, epochs = 2, width = 16, seed = 3, skipMissing = true })).JsonAsync();
        await WaitAsync(service, again, "succeeded", "failed");
        Assert.Equal(await service.Client.GetStringAsync($"{path}/predictions.csv"), await service.Client.GetStringAsync($"/api/v1/runs/{again["id"]}/predictions.csv"));
        var listed = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/runs?state=succeeded&sort=name&cohortId={cohort["id"]}");
        Assert.Equal(["again", "story"], listed!["items"]!.AsArray().Select(r => (string)r!["name"]!));
        Assert.Empty((await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/runs?state=running"))!["items"]!.AsArray());

        var against = (await service.Client.GetFromJsonAsync<JsonNode>($"{path}/against/{again["id"]}"))!["comparison"]!;
        Assert.Equal((10, 0, 0, "auc"), ((int)against["cases"]!, (int)against["onlyHere"]!, (int)against["onlyThere"]!, (string)against["metric"]!));
        Assert.Equal((0, 1), ((double)against["difference"]!["difference"]!, (double)against["difference"]!["deLongP"]!)); // the same numbers
        Assert.Equal("runs-not-comparable", await (await service.Client.GetAsync($"{path}/against/{path.Split('/')[^1]}")).ProblemAsync(422));
    }
}
