using System.Diagnostics;
using System.Text.Json.Nodes;
using Mhim.Data.Tests.Blobs;
using Mhim.Data.Tests.Postgres;
using Mhim.Workers.Tests;

namespace Mhim.EndToEnd.Tests;

/// <summary>Needs an S3 server and the real slides.</summary>
public sealed class S3StoryFactAttribute : FactAttribute
{
    public S3StoryFactAttribute() => Skip = S3Server.Missing ?? new SlideFactAttribute().Skip;
}

/// <summary>Processes that share nothing but a database and a bucket.</summary>
public sealed class S3StoryTests(PostgresCluster cluster, S3Server bucket) : IClassFixture<PostgresCluster>, IClassFixture<S3Server>, IDisposable
{
    readonly WorkerProcesses workers = new("s3story");

    public void Dispose() => workers.Dispose();

    static string? State(JsonNode answer) => (string?)(answer["slide"] ?? answer)["state"];

    string Data(string machine) => Path.Combine(workers.Folder, machine);

    string[] Copies(string machine) => Directory.Exists(Data(machine)) ? [.. Directory.EnumerateFiles(Data(machine), "*", SearchOption.AllDirectories).Select(Path.GetFileName).OfType<string>()] : [];

    void Start(string machine, string queues, Dictionary<string, string> settings) => workers.Start(queues, Data(machine), settings);

    async Task<Dictionary<string, string>> SettingsAsync(string database) => new(bucket.Settings("__"))
    {
        ["ConnectionStrings__Postgres"] = await cluster.FreshAsync(database),
    };

    [S3StoryFact]
    public async Task A_slide_goes_from_the_api_over_two_workers_to_a_heatmap_and_each_has_a_folder_of_its_own()
    {
        var settings = await SettingsAsync("story");
        using var server = await Server.StartAsync(settings, Data("api"), "--no-workers");
        Start("tiler", "tiling", settings);
        Start("encoder", "gpu", settings);
        var model = (string)(await server.SendFilesAsync("/models", Directory.GetFiles(TinyModel.Folder)))["id"]!;
        var slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!;
        Assert.Equal("ready", State(await server.WaitAsync($"/slides/{slide}", State, "ready", "failed")));
        var prediction = (string)(await server.PostAsync("/predictions", new { slideId = slide, modelId = model }))["id"]!;
        var answer = await server.WaitAsync($"/predictions/{prediction}", State, "succeeded", "failed", "cancelled");
        Assert.True(State(answer) == "succeeded", $"{answer}\n{server.Log}");

        Assert.DoesNotContain("heatmap.png", Copies("api"));
        Assert.Contains("heatmap.png", Copies("encoder"));
        Assert.Contains(Copies("tiler"), name => name.StartsWith("tiles-", StringComparison.Ordinal));
        Assert.DoesNotContain(Copies("tiler"), name => name.StartsWith("features-", StringComparison.Ordinal));
        var heatmap = await server.Client.GetByteArrayAsync($"/api/v1/predictions/{prediction}/heatmap.png");
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], heatmap[..4]);
        Assert.Contains("heatmap.png", Copies("api"));
        Assert.DoesNotContain(workers, worker => worker.HasExited);
    }

    [S3StoryFact]
    public async Task A_service_on_a_folder_moves_into_Postgres_and_a_bucket()
    {
        string slide;
        using (var old = await Server.StartAsync(Data("old")))
        {
            slide = (string)(await old.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!;
            await old.WaitAsync($"/slides/{slide}", State, "ready", "failed");
        }
        var settings = await SettingsAsync("moved");
        string[] words = ["migrate", "--from-sqlite", Data("old")];
        Assert.Contains("--data", (await EndAsync(settings, 2, words)).Error); // the old folder stays as it is
        Assert.Contains("bucket", (await EndAsync(settings, 0, [.. words, "--data", Data("new")])).Error);
        Assert.Contains(bucket.Files, file => file.EndsWith($"slides/{slide}/original.svs", StringComparison.Ordinal));
        Assert.Contains("original.svs", Copies("old"));

        using var server = await Server.StartAsync(settings, Data("other machine"));
        Assert.Equal("ready", State(await server.GetAsync($"/slides/{slide}")));
        Assert.True((await server.Client.GetByteArrayAsync($"/api/v1/slides/{slide}/dzi_files/8/0_0.jpeg")).Length > 100);
    }

    [Fact]
    public async Task A_wrong_setting_of_the_bucket_is_one_sentence_at_start()
    {
        foreach (var words in (string[][])[["serve", "--port", "0", "--data", Data("x")], ["worker", "--data", Data("x")]])
        {
            var error = (await EndAsync(new() { ["Mhim__S3__Bucket"] = "slides", ["Mhim__S3__Region"] = "r", ["Mhim__S3__CacheBytes"] = "10 GB", ["ConnectionStrings__Postgres"] = "Host=127.0.0.1" }, 2, words)).Error;
            Assert.Equal("mhim: The setting 'Mhim:S3:CacheBytes' is a whole number of bytes above 0, not '10 GB'.", error.Trim());
        }
    }

    static async Task<(string Output, string Error)> EndAsync(Dictionary<string, string> settings, int code, params string[] words)
    {
        using var process = Server.StartProcess(settings, words);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token);
        Assert.True(process.ExitCode == code, $"{process.ExitCode}: {await output}{await error}");
        return (await output, await error);
    }
}
