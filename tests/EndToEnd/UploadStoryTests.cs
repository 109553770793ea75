using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Mhim.Workers.Tests;

namespace Mhim.EndToEnd.Tests;

/// <summary>Needs the real slides, and the stock tus client where MHIM_TUS_CLIENT says (a folder with node_modules).</summary>
public sealed class TusClientFactAttribute : FactAttribute
{
    public TusClientFactAttribute() => Skip = TestData.Folder is null ? "shared/data is not there; set MHIM_TEST_DATA"
        : Folder is null ? "tus-js-client is not there; run `npm ci` in tests/EndToEnd/tus-client and set MHIM_TUS_CLIENT to it, or start ./test with node and npm installed" : null;

    public static string? Folder => Environment.GetEnvironmentVariable("MHIM_TUS_CLIENT") is { Length: > 0 } folder && Directory.Exists(Path.Combine(folder, "node_modules")) ? folder : null;
}

public sealed class UploadStoryTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-upload-").FullName;

    string Data => Path.Combine(folder, "data");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static async Task<(int ExitCode, string Output, string Error)> EndAsync(Process process)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token);
        return (process.ExitCode, await output, await error);
    }

    async Task<string> KeyAsync(params string[] words)
    {
        using var process = Server.StartProcess(["key", .. words, "--data", Data]);
        var (exitCode, output, error) = await EndAsync(process);
        Assert.True(exitCode == 0, error);
        return output.Trim();
    }

    [TusClientFact]
    public async Task The_stock_client_uploads_with_a_key_through_three_cuts_and_the_key_is_worth_nothing_once_revoked()
    {
        var key = await KeyAsync("create", "--name", "lab", "--role", "researcher");
        using var server = await Server.StartAsync(Data, "--keys");
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.GetAsync("/api/v1/slides")).StatusCode);
        var slide = TestData.Slide("CMU-1-Small-Region.svs");
        var start = new ProcessStartInfo("node") { WorkingDirectory = TusClientFactAttribute.Folder!, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["upload.mjs", new Uri(server.Client.BaseAddress!, "/api/v1/uploads").ToString(), slide, Path.Combine(folder, "state.json"), "3", key])
            start.ArgumentList.Add(word);
        using var node = Process.Start(start)!;
        var (exitCode, output, error) = await EndAsync(node);
        Assert.True(exitCode == 0, error + server.Log);
        var told = JsonNode.Parse(output)!;
        Assert.Equal("accepted", (string?)told["upload"]!["state"]);
        var resumed = told["resumedAt"]!.AsArray().Select(at => (long)at!).ToArray();
        Assert.Equal(4, resumed.Length);
        Assert.Equal(resumed.Order().Distinct(), resumed); // each went on behind the one before

        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Assert.Equal(new FileInfo(slide).Length, (long)(await server.GetAsync($"/slides/{told["upload"]!["slideId"]}"))["slide"]!["size"]!);
        var id = (await KeyAsync("list")).Split('\n')[1].Split(' ')[0];
        await KeyAsync("revoke", id);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.GetAsync("/api/v1/slides")).StatusCode);
    }

    [TusClientFact]
    public async Task The_stock_client_uploads_a_stream_whose_length_it_learns_at_its_end()
    {
        using var server = await Server.StartAsync(Data);
        var bytes = await File.ReadAllBytesAsync(TestData.Slide("CMU-1-Small-Region.svs"));
        var start = new ProcessStartInfo("node") { WorkingDirectory = TusClientFactAttribute.Folder!, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["stream.mjs", new Uri(server.Client.BaseAddress!, "/api/v1/uploads").ToString(), "piped.svs"])
            start.ArgumentList.Add(word);
        using var node = Process.Start(start)!;
        var ended = EndAsync(node);
        await node.StandardInput.BaseStream.WriteAsync(bytes);
        node.StandardInput.Close();
        var (exitCode, output, error) = await ended;
        Assert.True(exitCode == 0, error + server.Log);
        var told = JsonNode.Parse(output)!;
        Assert.Equal(("accepted", (long)bytes.Length), ((string?)told["upload"]!["state"], (long)told["upload"]!["length"]!));
        Assert.Equal(bytes.Length, (long)told["offsets"]!.AsArray()[^1]!);
        var slide = (await server.GetAsync($"/slides/{told["upload"]!["slideId"]}"))["slide"]!;
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), (string?)slide["sha256"]);
    }

    [SlideFact]
    public async Task An_upload_goes_on_where_it_was_when_the_service_was_killed()
    {
        var bytes = File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs"));
        var half = bytes.Length / 2;
        string upload;
        using (var server = await Server.StartAsync(Data))
        {
            using var begin = Request("POST", "/api/v1/uploads", ("Upload-Length", $"{bytes.Length}"), ("Upload-Metadata", "filename YS5zdnM="));
            upload = (await server.Client.SendAsync(begin)).Headers.Location!.ToString();
            using var request = Request("PATCH", upload, ("Upload-Offset", "0"));
            using var line = new CancellationTokenSource();
            request.Content = new Halted(bytes[..half], line.Token);
            var sent = server.Client.SendAsync(request, line.Token);
            while (await OffsetAsync(server, upload) < half)
                Assert.False(await Task.WhenAny(sent, Task.Delay(10)) == sent, "It ended before the kill.");
            server.Kill();
            await line.CancelAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => sent);
        }
        using (var server = await Server.StartAsync(Data))
        {
            Assert.Equal(half, await OffsetAsync(server, upload));
            using var rest = Request("PATCH", upload, ("Upload-Offset", $"{half}"));
            rest.Content = new ByteArrayContent(bytes[half..]);
            rest.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
            var slide = (await server.Client.SendAsync(rest)).Headers.GetValues("Mhim-Slide").Single();
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), (string?)(await server.GetAsync($"/slides/{slide}"))["slide"]!["sha256"]);
        }
    }

    static HttpRequestMessage Request(string method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    static async Task<long> OffsetAsync(Server server, string upload) =>
        long.Parse((await server.Client.SendAsync(Request("HEAD", upload))).Headers.GetValues("Upload-Offset").Single());

    /// <summary>Sends some bytes and then nothing, without an end.</summary>
    sealed class Halted : HttpContent
    {
        readonly byte[] bytes;
        readonly CancellationToken line;

        public Halted(byte[] bytes, CancellationToken line)
        {
            (this.bytes, this.line) = (bytes, line);
            Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
            await Task.Delay(Timeout.Infinite, line);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
