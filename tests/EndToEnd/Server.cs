using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Mhim.EndToEnd.Tests;

/// <summary>The service as a real process, started as <c>mhim serve</c> does; can be killed the hard way.</summary>
sealed class Server : IDisposable
{
    readonly Process process;
    readonly List<string> log = [];

    Server(Process process, int port)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(10) };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; }

    public int ProcessId => process.Id;

    public bool HasExited => process.HasExited;

    public string Log
    {
        get
        {
            lock (log)
                return string.Join('\n', log);
        }
    }

    public static Process StartProcess(params string[] words) => StartProcess([], words);

    public static Process StartProcess(Dictionary<string, string> settings, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "mhim.dll"));
        foreach (var word in words)
            start.ArgumentList.Add(word);
        return Process.Start(start)!;
    }

    public static Task<Server> StartAsync(string folder, params string[] words) => StartAsync([], folder, words);

    public static Task<Server> StartAsync(Dictionary<string, string> settings, string folder, params string[] words) => StartAsync(settings, folder, FreePort(), words);

    /// <summary>At a port that was in use before, so that a browser finds it again.</summary>
    public static async Task<Server> StartAsync(Dictionary<string, string> settings, string folder, int port, params string[] words)
    {
        var server = new Server(StartProcess(settings, ["serve", "--port", $"{port}", "--data", folder, .. words]), port);
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                if ((await server.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK)
                    return server;
            }
            catch (HttpRequestException) when (clock.Elapsed < TimeSpan.FromMinutes(3) && !server.process.HasExited)
            {
            }
            if (clock.Elapsed > TimeSpan.FromMinutes(3) || server.process.HasExited)
                throw new InvalidOperationException("The server does not come up:\n" + server.Log);
        }
    }

    public async Task<JsonNode> GetAsync(string path) => (await Client.GetFromJsonAsync<JsonNode>("/api/v1" + path))!;

    public async Task<JsonNode> PostAsync(string path, object body)
    {
        var response = await Client.PostAsJsonAsync("/api/v1" + path, body);
        await CheckAsync(response);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    public async Task<JsonNode> SendFilesAsync(string path, params string[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in files)
            form.Add(new StreamContent(File.OpenRead(file)), "file", Path.GetFileName(file));
        var response = await Client.PostAsync("/api/v1" + path, form);
        await CheckAsync(response);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    // No Assert: trials outside of the tests use this too.
    static async Task CheckAsync(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Asks until the answer's state is one of the wanted.</summary>
    public async Task<JsonNode> WaitAsync(string path, Func<JsonNode, string?> state, params string[] wanted)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(15); await Task.Delay(20))
            if (await GetAsync(path) is var answer && wanted.Contains(state(answer)))
                return answer;
        throw new TimeoutException($"{path} did not become {string.Join(" or ", wanted)}: {await GetAsync(path)}\n{Log}");
    }

    public void Kill()
    {
        process.Kill(); // SIGKILL, this process alone
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        Client.Dispose();
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    void Keep(object _, DataReceivedEventArgs line)
    {
        lock (log)
            log.Add(line.Data ?? "");
    }
}
