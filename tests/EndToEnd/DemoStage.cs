using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Tiling.Synthetic;

namespace Mhim.EndToEnd.Tests;

/// <summary>A service with drawn slides that were really tiled, encoded, learnt from and predicted: two models of classes and one of survival.</summary>
public sealed class DemoStage : IAsyncLifetime
{
    const int Slides = 16, Predicted = 5;
    readonly string folder = Directory.CreateTempSubdirectory("mhim-demo-stage-").FullName;

    internal Server Server { get; private set; } = null!;

    internal Uri Address => Server.Client.BaseAddress!;

    /// <summary>The slides by name, with their ids here.</summary>
    public IReadOnlyDictionary<string, string> Ids { get; private set; } = new Dictionary<string, string>();

    public string Mhim { get; private set; } = "";

    public string Plain { get; private set; } = "";

    public string Survival { get; private set; } = "";

    static string Name(int i) => $"case-{i + 1:000}";

    /// <summary>In the table of survival: patients do not go by the names of their slides.</summary>
    internal static string Patient(int i) => $"P-{i + 1:00}";

    static string Label(int i) => i % 2 == 0 ? SyntheticCohort.Tumour : SyntheticCohort.Normal;

    public async Task InitializeAsync()
    {
        Server = await Server.StartAsync(Path.Combine(folder, "data"));
        // The first is larger: it is the one that is looked at.
        await Task.WhenAll(Draw(Path.Combine(folder, "slides"), Slides, i => i == 0 ? (4600, 3600) : (1300, 1100)).Select(path => Server.SendFilesAsync("/slides", path)));
        var listed = (await Server.GetAsync("/slides?limit=100"))["items"]!.AsArray();
        Ids = listed.ToDictionary(s => (string)s!["name"]!, s => (string)s!["id"]!);
        var classes = "case_id,slide_id,label,site\n" + string.Concat(Enumerable.Range(0, Slides).Select(i => $"{Name(i)},{Name(i)},{Label(i)},{"AB"[i / 2 % 2]}\n"));
        var times = "case_id,slide_id,time,event\n" + string.Concat(Enumerable.Range(0, Slides).Select(i => $"{Patient(i)},{Name(i)},{(i % 2 == 0 ? 5 : 30) + 3 * i},{(i % 4 == 3 ? 0 : 1)}\n"));
        var (lymph, survival) = (await TableAsync("Lymph nodes", classes), await TableAsync("Lymph nodes, survival", times));
        string[] runs =
        [
            await RunAsync(new { cohortId = lymph, name = "MHIM", preset = "small", folds = 2, epochs = 30, width = 64, seed = 3, calibrate = true }),
            await RunAsync(new { cohortId = lymph, name = "Plain AB-MIL", preset = "plain", folds = 2, epochs = 12, width = 64, seed = 4 }),
            await RunAsync(new { cohortId = survival, name = "Survival", preset = "small", folds = 2, epochs = 10, width = 64, seed = 3 }),
        ];
        foreach (var run in runs)
            if (await Server.WaitAsync($"/runs/{run}", r => (string?)r["state"], "succeeded", "failed") is var end && (string?)end["state"] == "failed")
                throw new InvalidOperationException($"{end}\n{Server.Log}");
        var models = new List<string>();
        foreach (var (run, name) in runs.Zip((string[])["Lymph nodes, MHIM", "Lymph nodes, plain", "Lymph nodes, survival"]))
            models.Add((string)(await Server.PostAsync($"/runs/{run}/models", new { which = "best", name }))[0]!["id"]!);
        (Mhim, Plain, Survival) = (models[0], models[1], models[2]);
        var asked = new List<string>();
        foreach (var slide in Enumerable.Range(0, Predicted).Select(i => Ids[Name(i)]))
            foreach (var model in slide == Ids[Name(0)] ? models : models[..2])
                asked.Add((string)(await Server.PostAsync("/predictions", new { slideId = slide, modelId = model }))["id"]!);
        foreach (var prediction in asked)
            if (await Server.WaitAsync($"/predictions/{prediction}", p => (string?)p["state"], "succeeded", "failed") is var end && (string?)end["state"] == "failed")
                throw new InvalidOperationException($"{end}\n{Server.Log}");
    }

    /// <summary>Draws slides, every second with tumour, and says where they lie.</summary>
    internal static string[] Draw(string folder, int slides, Func<int, (int Width, int Height)> size)
    {
        Directory.CreateDirectory(folder);
        return [.. Enumerable.Range(0, slides).AsParallel().AsOrdered().Select(i =>
        {
            var path = Path.Combine(folder, $"{Name(i)}.tif");
            new SyntheticSlide(Name(i), Name(i), Label(i), i % 4 < 2 ? SyntheticScanner.Alpha : SyntheticScanner.Beta, size(i).Width, size(i).Height, (ulong)(i + 21)).Write(path, Path.Combine(folder, "truth", $"{Name(i)}.png"));
            return path;
        })];
    }

    /// <summary>The prediction of a slide by a model.</summary>
    internal async Task<string> PredictionAsync(string slide, string model) =>
        (string)(await Server.GetAsync($"/predictions?slideId={Ids[slide]}&modelId={model}"))["items"]![0]!["id"]!;

    async Task<string> TableAsync(string name, string table)
    {
        using var csv = new StringContent(table, Encoding.UTF8, "text/csv");
        using var answer = await Server.Client.PostAsync($"/api/v1/cohorts?name={Uri.EscapeDataString(name)}", csv);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
    }

    async Task<string> RunAsync(object wanted) => (string)(await Server.PostAsync("/runs", wanted))["id"]!;

    public Task DisposeAsync()
    {
        Server.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }
}
