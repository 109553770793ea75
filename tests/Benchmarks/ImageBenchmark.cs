using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mhim.EndToEnd.Tests;

namespace Mhim.Benchmarks;

/// <summary>
/// The image's contents, proved where there is no Docker engine: a Debian 13 root from mmdebstrap, the Dockerfile's own steps in it, and then the service of that
/// root, as the image's user, asked for its health and for a prediction. Before that, the compose file is checked (<see cref="ImageCompose"/>).
/// <code>image [compose] [keep]</code> compose: that check alone; keep: the roots stay.
/// </summary>
internal static class ImageBenchmark
{
    /// <summary>Builds the target <c>cpu</c>, runs it and prints a table; 0 when a prediction came out of it.</summary>
    public static int Run(string[] words)
    {
        if (Environment.UserName != "root")
        {
            Console.Error.WriteLine("A root folder is built and entered, so this needs to run as root.");
            return 2;
        }
        var repository = Directory.GetCurrentDirectory();
        if (!File.Exists(Path.Combine(repository, "Dockerfile")))
        {
            Console.Error.WriteLine("Run it in the repository's own folder.");
            return 2;
        }
        var work = Directory.CreateTempSubdirectory("mhim-image-").FullName;
        try
        {
            var clock = Stopwatch.StartNew();
            var build = new ImageBuild(repository, work);
            ImageCompose.Check(build, repository);
            if (words.Contains("compose"))
                return 0;
            clock.Restart();
            var (image, config) = build.Build("cpu", []);
            Console.WriteLine($"built in {clock.Elapsed.TotalSeconds:0} s; the image's files take {Size(image.Root) / 1e6:0} MB, of which /app {Size(image.Root + "/app") / 1e6:0} MB");
            return AskAsync(image, config).GetAwaiter().GetResult() ? 0 : 1;
        }
        finally
        {
            if (!words.Contains("keep"))
                Directory.Delete(work, recursive: true);
        }
    }

    static async Task<bool> AskAsync(ImageChroot image, ImageConfig config)
    {
        var port = FreePort();
        var url = $"http://127.0.0.1:{port}";
        // As the image is run, but on this machine's loopback, where nothing else can reach it.
        string[] command = [.. config.EntryPoint, .. config.Command.Select(word => word == "http://0.0.0.0:8080" ? url : word)];
        var id = File.ReadLines(image.Root + "/etc/passwd").First(line => line.StartsWith(config.User + ":", StringComparison.Ordinal)).Split(':')[2];
        var key = await SaidAsync(image, config, [.. config.EntryPoint, "key", "create", "--name", "image", "--role", "admin", "--data", "/data"]);
        var clock = Stopwatch.StartNew();
        using var service = Process.Start(image.StartOf(config, command, [], building: false))!;
        var log = new List<string>();
        service.OutputDataReceived += (_, line) => { lock (log) log.Add(line.Data ?? ""); };
        service.ErrorDataReceived += (_, line) => { lock (log) log.Add(line.Data ?? ""); };
        service.BeginOutputReadLine();
        service.BeginErrorReadLine();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(url) };
            while (!await ReadyAsync(client))
                if (service.HasExited || clock.Elapsed > TimeSpan.FromMinutes(2))
                    throw new InvalidOperationException("The service does not come up:\n" + string.Join('\n', log));
                else
                    await Task.Delay(100);
            Console.WriteLine($"healthy after {clock.Elapsed.TotalSeconds:0.0} s, as user {id} ({config.User})");
            var status = await File.ReadAllLinesAsync($"/proc/{service.Id}/status");
            var runsAs = status.First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            await SaidAsync(image, config, [.. config.Health, "--url", url]);
            Console.WriteLine($"HEALTHCHECK {string.Join(' ', config.Health)}: healthy");
            if (runsAs != id || id == "0")
                throw new InvalidOperationException($"The service runs as user {runsAs}.");
            if ((await client.GetAsync("/api/v1/slides")).StatusCode != HttpStatusCode.Unauthorized)
                throw new InvalidOperationException("Somebody without a key was let in.");
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Trim());
            clock.Restart();
            var prediction = await PredictAsync(client);
            Console.WriteLine($"prediction after {clock.Elapsed.TotalSeconds:0.0} s: {prediction["classes"]!.ToJsonString()}");
            return (string?)prediction["state"] == "succeeded" && Math.Abs(prediction["classes"]!.AsArray().Sum(c => (double)c!["probability"]!) - 1) < 1e-4;
        }
        finally
        {
            // The child of unshare has its place: the same process id throughout.
            if (!service.HasExited)
                Process.Start("kill", ["-TERM", $"{service.Id}"])!.WaitForExit();
            if (!service.WaitForExit(30_000))
                service.Kill(entireProcessTree: true);
            Console.WriteLine($"stopped with exit code {service.ExitCode}");
        }
    }

    static async Task<JsonNode> PredictAsync(HttpClient client)
    {
        var slide = await SendAsync(client, "slides", "file", [TestData.Folder() is { } data && Path.Combine(data, "slides/CMU-1-Small-Region.svs") is var file && File.Exists(file)
            ? file : throw new InvalidOperationException("The slide CMU-1-Small-Region.svs is not there; name the folder that has it with MHIM_TEST_DATA.")]);
        var model = await SendAsync(client, "models", "files", Directory.GetFiles(TinyModel.Folder));
        var asked = await client.PostAsJsonAsync("/api/v1/predictions", new { slideId = (string?)slide["id"], modelId = (string?)model["id"] });
        var id = (string?)JsonNode.Parse(await asked.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!["id"];
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(5); await Task.Delay(200))
            if (await client.GetFromJsonAsync<JsonNode>($"/api/v1/predictions/{id}") is { } prediction && (string?)prediction["state"] is "succeeded" or "failed" or "cancelled")
                return (string?)prediction["state"] == "succeeded" ? prediction : throw new InvalidOperationException(prediction.ToJsonString());
        throw new TimeoutException("There is no prediction after five minutes.");
    }

    static async Task<JsonNode> SendAsync(HttpClient client, string to, string field, string[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in files)
            form.Add(new ByteArrayContent(await File.ReadAllBytesAsync(file)), field, Path.GetFileName(file));
        var answer = await client.PostAsync($"/api/v1/{to}", form);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException(text);
    }

    static async Task<bool> ReadyAsync(HttpClient client)
    {
        try
        {
            return (await client.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    static async Task<string> SaidAsync(ImageChroot image, ImageConfig config, string[] words)
    {
        using var process = Process.Start(image.StartOf(config, words, [], building: false))!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', words)}: {await error}");
    }

    static long Size(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Sum(file => file.Length);

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
