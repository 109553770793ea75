using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;

namespace Mhim.Api.Tests.Worklist;

/// <summary>The worklist and what administrators see, on both databases.</summary>
static class WorklistStory
{
    public static async Task TellAsync(Service service)
    {
        var slides = await Planted.SlidesAsync(service, 4);
        var models = new[] { "one", "two" }.Select(name => new Model { Name = name, Sha256 = name.PadRight(64, '0'), EncoderId = "stain-texture", Dim = 96, Classes = ["normal", "tumour"], BlobKey = $"models/{name}" }).ToArray();
        var survival = new Model { Name = "survival", Sha256 = new string('s', 64), EncoderId = "stain-texture", Dim = 96, Classes = [], BlobKey = "models/survival" };
        Guid open;
        await using (var rows = service.Rows())
        {
            rows.AddRange([.. models, survival]);
            // By slide: sure, even, contradicted, and one that is not done.
            double[][] tumour = [[0.03, 0.03], [0.5, 0.46], [0.95, 0.1], [0.5, 0.5]];
            for (var s = 0; s < slides.Length; s++)
                for (var m = 0; m < 2; m++)
                    Plant(rows, slides[s], models[m], [1 - tumour[s][m], tumour[s][m]], s < 3);
            Plant(rows, slides[0], survival, [], true);
            await rows.SaveChangesAsync();
            open = rows.Predictions.Where(p => p.SlideId == slides[2] && p.ModelId == models[0].Id).Select(p => p.Id).Single();
        }
        async Task<JsonArray> AskAsync(string query = "") => (await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/worklist" + query))!["items"]!.AsArray();
        static string[] Names(JsonArray items) => [.. items.Select(i => (string)i!["slideName"]!)];

        var all = await AskAsync();
        Assert.Equal(["s01", "s02", "s00"], Names(all));
        Assert.Equal(0.999, (double)all[0]!["uncertainty"]!, 0.002);
        Assert.Contains("do not agree: 1 call normal, 1 call tumour", (string)all[1]!["reason"]!);
        Assert.Contains("rather sure: normal, 97%", (string)all[2]!["reason"]!);
        Assert.Equal(["s02", "s01", "s00"], Names(await AskAsync("?order=disagreement")));
        Assert.Equal(["s01"], Names(await AskAsync("?limit=1")));
        var first = await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/worklist?limit=2");
        Assert.Equal(["s00"], Names(await AskAsync($"?limit=2&after={first!["next"]}")));
        Assert.Equal("request-unreadable", await (await service.Client.GetAsync("/api/v1/worklist?after=x")).ProblemAsync(400));
        Assert.Empty(await AskAsync($"?modelId={survival.Id}"));

        Assert.All((await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/jobs?kind=predict"))!["items"]!.AsArray(), job => Assert.Matches("^s0[0-3]$", (string?)job!["target"]));

        Assert.True((await service.Client.PutAsJsonAsync($"/api/v1/predictions/{open}/opinion", new { agrees = true })).IsSuccessStatusCode);
        Assert.Equal(["s01", "s00", "s02"], Names(await AskAsync())); // what was seen comes last
        // Whoever goes on from the page before that misses nobody who moved up meanwhile.
        Assert.Equal(["s00", "s02"], Names(await AskAsync($"?limit=2&after={first["next"]}")));
        Assert.Equal("request-unreadable", await (await service.Client.GetAsync($"/api/v1/worklist?order=uncertainty&after={first["next"]}")).ProblemAsync(400));
        Assert.Equal(["s02"], Names(await AskAsync("?seen=true")));
        Assert.Equal((1, 0), ((int)(await AskAsync("?seen=true"))[0]!["agreed"]!, (int)(await AskAsync("?seen=true"))[0]!["disagreed"]!));

        // Nothing is left of an opinion when its slide goes.
        var gone = await service.Client.DeleteAsync($"/api/v1/slides/{slides[2]}");
        Assert.True(gone.IsSuccessStatusCode, await gone.Content.ReadAsStringAsync());
        Assert.Empty((await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/opinions"))!["items"]!.AsArray());
    }

    static void Plant(Mhim.Data.MhimContext rows, Guid slide, Model model, List<double> probabilities, bool done)
    {
        var prediction = new Prediction
        {
            SlideId = slide, ModelId = model.Id, BlobKey = "predictions/none", Probabilities = done ? probabilities : [],
            PredictedClass = !done ? null : probabilities.Count == 0 ? "" : model.Classes[probabilities[1] > 0.5 ? 1 : 0],
        };
        rows.AddRange(prediction, new Job
        {
            Kind = JobKind.Predict, Queue = "gpu", Key = $"predict:{prediction.Id}", SlideId = slide, PredictionId = prediction.Id, Variant = "", State = done ? JobState.Succeeded : JobState.Failed, Progress = 1,
        });
    }

    public static async Task SystemAsync(Service service, string database)
    {
        JsonNode? system = null;
        // Workers say in the background that they live.
        for (var end = DateTime.UtcNow.AddMinutes(2); DateTime.UtcNow < end && (system = await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/system"))!["workers"]!.AsArray().Count == 0;)
            await Task.Delay(50);
        Assert.Equal(database, (string?)system!["database"]);
        Assert.True((bool)system["workers"]![0]!["alive"]!);
        Assert.Equal(["tiling", "gpu"], system["queues"]!.AsArray().Select(q => (string)q!["name"]!));
        Assert.True((long)system["disk"]!["freeBytes"]! <= (long)system["disk"]!["totalBytes"]!);
        var slides = Path.Combine(service.Blobs, "slides");
        Assert.Equal(Directory.EnumerateFiles(slides, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length), (long)system["disk"]!["use"]!.AsArray().Single(u => (string)u!["kind"]! == "slides")!["bytes"]!);
    }
}
