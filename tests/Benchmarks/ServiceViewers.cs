using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mhim.EndToEnd.Tests;
using Mhim.EndToEnd.Tests.Trials;
using NetVips;

namespace Mhim.Benchmarks;

/// <summary>Two hundred people who look at slides: each asks for the tiles of what is in the window, zooms in, pans, begins anew.</summary>
/// <param name="folder">For slides and data.</param>
/// <param name="slide">A real slide.</param>
sealed partial class ServiceViewers(string folder, string slide)
{
    const int Viewers = 200, PerSecond = 500;

    static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    sealed record Picture(string Id, int TileSize, long Width, long Height, int Levels);

    /// <summary>Prints latencies; says whether the claim holds.</summary>
    public async Task<bool> RunAsync()
    {
        var data = Path.Combine(folder, "viewer-data");
        var key = await ServerProcess.KeyAsync(data, "researcher");
        using var server = await Server.StartAsync(new Dictionary<string, string>(), data, "--keys");
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var pictures = new List<Picture>();
        foreach (var file in Draw())
        {
            var id = (string)(await server.SendFilesAsync("/slides", file))["id"]!;
            var dzi = await server.Client.GetStringAsync($"/api/v1/slides/{id}/dzi");
            long Number(string name) => long.Parse(Regex.Match(dzi, name + "=\"(\\d+)\"").Groups[1].Value);
            var (width, height) = (Number("Width"), Number("Height"));
            pictures.Add(new Picture(id, (int)Number("TileSize"), width, height, (int)Math.Ceiling(Math.Log2(Math.Max(width, height))) + 1));
        }
        await LoadAsync(server, pictures, TimeSpan.FromSeconds(3), 7); // both programs compile themselves
        var processor = ProcessorTime(server.ProcessId);
        var (latencies, errors, late) = await LoadAsync(server, pictures, Duration, 1);
        processor = ProcessorTime(server.ProcessId) - processor;
        var sorted = latencies.Order().ToArray();
        double At(double share) => sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
        Console.WriteLine($"| {Viewers} viewers, {pictures.Count} slides, {PerSecond} tiles/s for {Duration.TotalSeconds:0} s | |\n|---|---|");
        Console.WriteLine($"| tiles | {sorted.Length} ({sorted.Length / Duration.TotalSeconds:0} a second), {errors} errors |");
        Console.WriteLine($"| milliseconds, from when the viewer wanted it: median, 95%, 99%, longest | {At(0.5):0.0}, {At(0.95):0.0}, {At(0.99):0.0}, {sorted[^1]:0} |");
        Console.WriteLine($"| cores that the service used | {processor.TotalSeconds / Duration.TotalSeconds:0.00} of {Environment.ProcessorCount}, shared with the viewers |");
        Console.WriteLine($"| requests that this program itself sent more than 5 ms late | {late} |");
        return errors == 0 && At(0.99) < 100 && sorted.Length > 0.98 * PerSecond * Duration.TotalSeconds;
    }

    // The real one, enlarged so that there is something to zoom into; several, so that not all look at the same. Without a resolution, so that no jobs are at work meanwhile.
    IEnumerable<string> Draw()
    {
        for (var i = 0; i < 7; i++)
        {
            var path = Path.Combine(folder, $"view-{i}.tif");
            using (var picture = Image.NewFromFile(slide))
            using (var flat = picture.Bands > 3 ? picture.ExtractBand(0, n: 3) : picture.Copy())
            using (var turned = i % 2 == 0 ? flat.Copy() : flat.Flip(Enums.Direction.Horizontal))
            using (var large = turned.Resize(2 + i))
                large.Tiffsave(path, compression: Enums.ForeignTiffCompression.Jpeg, q: 85, tile: true, tileWidth: 256, tileHeight: 256, pyramid: true);
            yield return path;
        }
    }

    async Task<(List<double> Latencies, int Errors, int Late)> LoadAsync(Server server, List<Picture> pictures, TimeSpan duration, int seed)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = Viewers };
        using var client = new HttpClient(handler) { BaseAddress = server.Client.BaseAddress, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = server.Client.DefaultRequestHeaders.Authorization;
        var (latencies, errors, late) = (new ConcurrentBag<double>(), 0, 0);
        var walks = Enumerable.Range(0, Viewers).Select(viewer => Walk(pictures, new Random(seed * 1000 + viewer)).GetEnumerator()).ToArray();
        var pending = new List<Task>();
        var clock = Stopwatch.StartNew();
        for (var n = 0; n < duration.TotalSeconds * PerSecond; n++)
        {
            // Requests come when they come, whether the ones before are answered or not.
            var due = TimeSpan.FromSeconds((double)n / PerSecond);
            if (due - clock.Elapsed is { TotalMilliseconds: > 1 } early)
                await Task.Delay(early);
            if ((clock.Elapsed - due).TotalMilliseconds > 5)
                late++;
            var walk = walks[n % Viewers];
            walk.MoveNext();
            pending.Add(AskAsync(walk.Current, due));
        }
        await Task.WhenAll(pending);
        return ([.. latencies], errors, late);

        async Task AskAsync(string path, TimeSpan due)
        {
            try
            {
                using var answer = await client.GetAsync(path);
                await answer.Content.CopyToAsync(Stream.Null);
                if (!answer.IsSuccessStatusCode)
                    Interlocked.Increment(ref errors);
                latencies.Add((clock.Elapsed - due).TotalMilliseconds);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                Interlocked.Increment(ref errors);
            }
        }
    }

    // One viewer's tiles, without end: a window of 4 x 3 tiles over some place, one level deeper at a time, then a few steps aside.
    static IEnumerable<string> Walk(List<Picture> pictures, Random random)
    {
        while (true)
        {
            var picture = pictures[random.Next(pictures.Count)];
            var (x, y) = (random.NextDouble(), random.NextDouble());
            var depth = 8 + random.Next(picture.Levels - 8);
            for (var step = 8; step < depth + 6; step++)
            {
                var level = Math.Min(step, depth);
                if (step > depth)
                    (x, y) = (Math.Clamp(x + (random.NextDouble() - 0.5) * 0.1, 0, 1), Math.Clamp(y + (random.NextDouble() - 0.5) * 0.1, 0, 1));
                var shrink = Math.Pow(2, picture.Levels - 1 - level);
                long columns = Tiles(picture.Width), rows = Tiles(picture.Height);
                long left = Math.Clamp((long)(x * columns) - 2, 0, Math.Max(0, columns - 4)), top = Math.Clamp((long)(y * rows) - 1, 0, Math.Max(0, rows - 3));
                for (var row = top; row < Math.Min(rows, top + 3); row++)
                    for (var column = left; column < Math.Min(columns, left + 4); column++)
                        yield return $"/api/v1/slides/{picture.Id}/dzi_files/{level}/{column}_{row}.jpeg";

                long Tiles(long side) => (long)Math.Ceiling(Math.Ceiling(side / shrink) / picture.TileSize);
            }
        }
    }

    static TimeSpan ProcessorTime(int process)
    {
        using var found = Process.GetProcessById(process);
        return found.TotalProcessorTime;
    }
}
