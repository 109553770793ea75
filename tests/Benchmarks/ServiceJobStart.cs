using System.Diagnostics;
using System.Text.Json.Nodes;
using Mhim.Data.Tests.Postgres;
using Mhim.EndToEnd.Tests;
using Mhim.EndToEnd.Tests.Trials;

namespace Mhim.Benchmarks;

/// <summary>How long after its request a job begins when a worker is free.</summary>
/// <param name="folder">For slides and data.</param>
sealed class ServiceJobStart(string folder)
{
    const int Slides = 15;

    /// <summary>Prints seconds; says whether the claim holds.</summary>
    public async Task<bool> RunAsync()
    {
        Console.WriteLine("| from request to start, a worker being free (s) | median | longest |\n|---|---|---|");
        bool embedded, apart;
        using (var server = await Server.StartAsync(Path.Combine(folder, "start-embedded")))
            embedded = await MeasureAsync("in one process, SQLite", server);
        using var cluster = new PostgresCluster();
        var settings = new Dictionary<string, string> { ["ConnectionStrings__Postgres"] = cluster.ConnectionString };
        var data = Path.Combine(folder, "start-apart");
        using (var server = await Server.StartAsync(settings, data, "--no-workers"))
        {
            using var worker = Server.StartProcess(settings, "worker", "--data", data);
            worker.OutputDataReceived += (_, _) => { };
            worker.ErrorDataReceived += (_, _) => { };
            worker.BeginOutputReadLine();
            worker.BeginErrorReadLine();
            try
            {
                await MeasureAsync(null, server, 1); // the worker is up when it has done one
                apart = await MeasureAsync("worker process, Postgres", server);
            }
            finally
            {
                worker.Kill(entireProcessTree: true);
                worker.WaitForExit();
            }
        }
        return embedded && apart;
    }

    async Task<bool> MeasureAsync(string? name, Server server, int slides = Slides)
    {
        var (first, next) = (new List<double>(), new List<double>());
        var drawn = ChaosSlides.Draw(Path.Combine(folder, $"start-slides-{name}"), slides, 0);
        foreach (var made in drawn)
        {
            // The slide that wakes a worker up has a name of its own: the service knows slides by name.
            var path = Path.Combine(Path.GetDirectoryName(made)!, (name is null ? "first-" : "") + Path.GetFileName(made));
            File.Move(made, path, overwrite: true);
            // Other bytes than any before, so that it is another slide.
            File.AppendAllText(path, name + path);
            var id = (string)(await server.SendFilesAsync("/slides", path))["id"]!;
            var answer = await server.WaitAsync($"/slides/{id}", a => (string?)a["slide"]!["state"], "ready", "failed");
            var (tile, extract) = (Job("tile"), Job("extract"));
            first.Add(Seconds(tile, "createdAt", tile));
            next.Add(Seconds(tile, "finishedAt", extract));

            JsonNode Job(string kind) => answer["jobs"]!.AsArray().Single(job => (string?)job!["kind"] == kind)!;
        }
        if (name is null)
            return true;
        Console.WriteLine($"| {name}: an upload's first job | {first.Order().ElementAt(slides / 2):0.000} | {first.Max():0.000} |");
        Console.WriteLine($"| {name}: the job after it | {next.Order().ElementAt(slides / 2):0.000} | {next.Max():0.000} |");
        return first.Max() < 1 && next.Max() < 1;
    }

    static double Seconds(JsonNode from, string field, JsonNode job) => ((DateTime)job["startedAt"]! - (DateTime)from[field]!).TotalSeconds;
}
