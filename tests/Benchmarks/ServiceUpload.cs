using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Mhim.EndToEnd.Tests;
using Mhim.EndToEnd.Tests.Trials;

namespace Mhim.Benchmarks;

/// <summary>A large slide through the upload protocol and as a plain form, against a plain copy to the same disk.</summary>
/// <param name="folder">On the disk of the service's data.</param>
/// <param name="slide">A real slide; what is behind its end does not matter to readers, so noise makes it large.</param>
/// <param name="gigabytes">10^9 bytes.</param>
sealed class ServiceUpload(string folder, string slide, double gigabytes)
{
    /// <summary>Prints seconds, ratios and the service's memory; says whether the claims hold.</summary>
    public async Task<bool> RunAsync()
    {
        var large = Path.Combine(folder, "large.svs");
        var length = Make(large, 1);
        var copies = new List<double> { Copy(large) };
        using var server = await Server.StartAsync(new Dictionary<string, string> { ["Mhim__Workers__TilingWorkers"] = "1" }, Path.Combine(folder, "data"));
        Console.WriteLine($"| {gigabytes:0.#} GB | seconds | MB/s | of a plain copy | the service's memory grows by |\n|---|---|---|---|---|");
        var tus = await MeasureAsync(server, () => TusAsync(server.Client.BaseAddress!, large, length));
        copies.Add(Copy(large));
        Make(large, 2); // other content: the same would be known already
        var form = await MeasureAsync(server, () => FormAsync(server.Client.BaseAddress!, large));
        copies.Add(Copy(large));
        var copy = copies.Order().ElementAt(1);
        Console.WriteLine($"| plain copy, median of {string.Join(", ", copies.Select(s => $"{s:0.0}"))} | {copy:0.0} | {length / 1e6 / copy:0} | | |");
        Print("tus, one piece", tus);
        Print("plain form", form);
        return new[] { tus, form }.All(m => copy / m.Seconds >= 0.7 && m.Growth < 100e6);

        void Print(string name, (double Seconds, double Growth) m) =>
            Console.WriteLine($"| {name} | {m.Seconds:0.0} | {length / 1e6 / m.Seconds:0} | {copy / m.Seconds:P0} | {m.Growth / 1e6:0} MB |");
    }

    long Make(string path, int seed)
    {
        var noise = new byte[1 << 24];
        new Random(seed).NextBytes(noise);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        file.Write(File.ReadAllBytes(slide));
        while (file.Length < gigabytes * 1e9)
            file.Write(noise);
        file.Flush(flushToDisk: true);
        return file.Length;
    }

    double Copy(string path)
    {
        var clock = Stopwatch.StartNew();
        var to = Path.Combine(folder, "copy");
        using (var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1))
        using (var file = new FileStream(to, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            var buffer = new byte[1 << 20];
            for (int read; (read = from.Read(buffer)) > 0;)
                file.Write(buffer, 0, read);
            file.Flush(flushToDisk: true);
        }
        var seconds = clock.Elapsed.TotalSeconds;
        File.Delete(to);
        return seconds;
    }

    static async Task<(double Seconds, double Growth)> MeasureAsync(Server server, Func<Task> act)
    {
        using var end = new CancellationTokenSource();
        long before = ServerProcess.Resident(server.ProcessId), peak = before;
        var watching = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                peak = Math.Max(peak, ServerProcess.Resident(server.ProcessId));
                await Task.Delay(50);
            }
        });
        var clock = Stopwatch.StartNew();
        await act();
        var seconds = clock.Elapsed.TotalSeconds;
        await end.CancelAsync();
        await watching;
        return (seconds, peak - before);
    }

    static async Task TusAsync(Uri origin, string path, long length)
    {
        using var client = Client(origin);
        using var begin = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads");
        begin.Headers.Add("Tus-Resumable", "1.0.0");
        begin.Headers.Add("Upload-Length", $"{length}");
        begin.Headers.Add("Upload-Metadata", $"filename {Convert.ToBase64String("tus.svs"u8)}");
        using var begun = await client.SendAsync(begin);
        await using var content = Open(path);
        using var piece = new HttpRequestMessage(HttpMethod.Patch, begun.Headers.Location) { Content = new StreamContent(content, 1 << 18) };
        piece.Headers.Add("Tus-Resumable", "1.0.0");
        piece.Headers.Add("Upload-Offset", "0");
        piece.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        using var sent = await client.SendAsync(piece);
        if (sent.StatusCode != HttpStatusCode.NoContent || !sent.Headers.Contains("Mhim-Slide"))
            throw new InvalidOperationException($"{(int)sent.StatusCode}: {await sent.Content.ReadAsStringAsync()}");
    }

    static async Task FormAsync(Uri origin, string path)
    {
        using var client = Client(origin);
        await using var content = Open(path);
        using var form = new MultipartFormDataContent { { new StreamContent(content, 1 << 18), "file", "form.svs" } };
        using var sent = await client.PostAsync("/api/v1/slides", form);
        if (sent.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException($"{(int)sent.StatusCode}: {await sent.Content.ReadAsStringAsync()}");
    }

    static HttpClient Client(Uri origin) => new() { BaseAddress = origin, Timeout = TimeSpan.FromMinutes(20) };

    static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
}
