using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Data.Tests.Postgres;
using Mhim.EndToEnd.Tests.Trials;
using Mhim.Tiling.Synthetic;

namespace Mhim.EndToEnd.Tests;

/// <summary>Needs the stock tus client.</summary>
public sealed class TusClientTheoryAttribute : TheoryAttribute
{
    public TusClientTheoryAttribute() => Skip = TusClientFactAttribute.Folder is null ? "tus-js-client is not there; start ./test with node and npm installed" : null;
}

/// <summary>From slides on a disk to a heatmap, over REST alone.</summary>
public sealed class WholeStoryTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>, IDisposable
{
    const int Slides = 12, Cuts = 3;

    readonly string folder = Directory.CreateTempSubdirectory("mhim-story-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static string? State(JsonNode answer) => (string?)(answer["slide"] ?? answer)["state"];

    [TusClientTheory]
    [InlineData("SQLite")]
    [InlineData("Postgres")]
    public async Task Twelve_slides_come_in_by_the_stock_client_one_of_them_cut_three_times_are_labelled_learnt_from_predicted_and_shown(string database)
    {
        var settings = new Dictionary<string, string>();
        if (database == "Postgres")
            settings["ConnectionStrings__Postgres"] = cluster.ConnectionString;
        var data = Path.Combine(folder, "data");
        var key = await ServerProcess.KeyAsync(data, "researcher", settings);
        using var server = await Server.StartAsync(settings, data, "--keys");
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

        var ids = new List<string>();
        foreach (var (i, path) in Draw().Index())
            ids.Add(await UploadAsync(server, path, key, i == 0 ? Cuts : 0));
        Assert.Equal(Slides, ids.Distinct().Count());

        var table = "slide_id,case_id,label\n" + string.Concat(Enumerable.Range(0, Slides).Select(i => $"s{i:00},c{i:00},{Label(i)}\n"));
        using var csv = new StringContent(table, Encoding.UTF8, "text/csv");
        using var taken = await server.Client.PostAsync("/api/v1/cohorts?name=story", csv);
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync());
        var cohort = (string)(await taken.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;

        // Asked for at once: the run waits for the features.
        var run = (string)(await server.PostAsync("/runs", new { cohortId = cohort, name = "story", preset = "small", folds = 2, epochs = 2, width = 16, seed = 3 }))["id"]!;
        foreach (var id in ids)
            Assert.Equal("ready", State(await server.WaitAsync($"/slides/{id}", State, "ready", "failed")));
        var done = await server.WaitAsync($"/runs/{run}", State, "succeeded", "failed", "cancelled");
        Assert.True(State(done) == "succeeded", $"{done}\n{server.Log}");
        Assert.InRange((double)done["score"]!, 0, 1);
        var model = (string)(await server.PostAsync($"/runs/{run}/models", new { which = "best", name = "from the story" }))[0]!["id"]!;

        var prediction = (string)(await server.PostAsync("/predictions", new { slideId = ids[1], modelId = model }))["id"]!;
        var answer = await server.WaitAsync($"/predictions/{prediction}", State, "succeeded", "failed", "cancelled");
        Assert.True(State(answer) == "succeeded", $"{answer}\n{server.Log}");
        Assert.Equal(["normal", "tumour"], answer["classes"]!.AsArray().Select(c => (string)c!["name"]!).Order());
        Assert.Equal(1, answer["classes"]!.AsArray().Sum(c => (double)c!["probability"]!), 1e-4);
        var heatmap = await server.Client.GetByteArrayAsync($"/api/v1/predictions/{prediction}/heatmap.png");
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], heatmap[..4]);
        Assert.True(heatmap.Length > 1000);
    }

    static string Label(int i) => i % 2 == 0 ? SyntheticCohort.Normal : SyntheticCohort.Tumour;

    List<string> Draw() => [.. Enumerable.Range(0, Slides).AsParallel().AsOrdered().Select(i =>
    {
        // The first is larger: it has to last for its cuts.
        var path = Path.Combine(folder, $"s{i:00}.tif");
        new SyntheticSlide($"s{i:00}", $"c{i:00}", Label(i), SyntheticScanner.Alpha, i == 0 ? 3200 : 1300, i == 0 ? 2600 : 1100, (ulong)(i + 1)).Write(path, Path.Combine(folder, "truth", $"s{i:00}.png"));
        return path;
    })];

    async Task<string> UploadAsync(Server server, string path, string key, int cuts)
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = TusClientFactAttribute.Folder!, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["upload.mjs", new Uri(server.Client.BaseAddress!, "/api/v1/uploads").ToString(), path, Path.Combine(folder, "state.json"), $"{cuts}", key])
            start.ArgumentList.Add(word);
        using var node = Process.Start(start)!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token);
        Assert.True(node.ExitCode == 0, $"{path} ({new FileInfo(path).Length} bytes): {await error}\n{server.Log}");
        var told = JsonNode.Parse(await output)!;
        var resumed = told["resumedAt"]!.AsArray().Select(at => (long)at!).ToArray();
        Assert.Equal(cuts + 1, resumed.Length);
        Assert.Equal(resumed.Order().Distinct(), resumed); // each went on behind the one before
        return (string)told["upload"]!["slideId"]!;
    }
}
