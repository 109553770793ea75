using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>What a service made of the slides, under names that two services have in common.</summary>
/// <param name="Files">SHA-256 by slide name and file.</param>
/// <param name="Jobs">How each job ended, by slide name and kind: state and reason.</param>
/// <param name="Attempts">Attempts of all jobs.</param>
/// <param name="Strays">Files and folders that belong to no row, and rows whose files are missing.</param>
sealed record ChaosOutputs(SortedDictionary<string, string> Files, SortedDictionary<string, string> Jobs, List<int> Attempts, List<string> Strays)
{
    static readonly string[] Ended = ["succeeded", "failed", "cancelled"];

    /// <summary>Whether all jobs have ended.</summary>
    public static async Task<bool> AllEndedAsync(HttpClient client, int expected)
    {
        var jobs = (await client.GetFromJsonAsync<JsonNode>("/api/v1/jobs?limit=100"))!["items"]!.AsArray();
        return jobs.Count == expected && jobs.All(job => Ended.Contains((string?)job!["state"]));
    }

    /// <summary>Reads it all: rows through the service, files from its disk.</summary>
    public static async Task<ChaosOutputs> ReadAsync(HttpClient client, string data)
    {
        var outputs = new ChaosOutputs(new(StringComparer.Ordinal), new(StringComparer.Ordinal), [], []);
        var blobs = Path.Combine(data, "blobs");
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in (await client.GetFromJsonAsync<JsonNode>("/api/v1/slides?limit=100"))!["items"]!.AsArray())
        {
            var (id, name) = ((string)row!["id"]!, (string)row["name"]!);
            known.Add($"slides/{id}");
            outputs.Hash(Path.Combine(blobs, "slides", id), name);
            var jobs = (await client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{id}"))!["jobs"]!.AsArray();
            foreach (var job in jobs)
            {
                var key = $"{name} {job!["kind"]}";
                if (!outputs.Jobs.TryAdd(key, $"{job["state"]} {job["errorCode"]}".Trim()))
                    outputs.Strays.Add($"twice: {key}");
                outputs.Attempts.Add((int)job["attempts"]!);
            }
            string[] wanted = (string?)row["state"] == "ready" ? ["original", "thumbnail", "tiles-", "features-"] : ["original"];
            foreach (var part in wanted)
                if (!Directory.EnumerateFileSystemEntries(Path.Combine(blobs, "slides", id)).Any(file => Path.GetFileName(file).StartsWith(part, StringComparison.Ordinal)))
                    outputs.Strays.Add($"missing: {part} of {name}");
        }
        foreach (var row in (await client.GetFromJsonAsync<JsonNode>("/api/v1/predictions?limit=100"))!["items"]!.AsArray())
        {
            known.Add($"predictions/{row!["id"]}");
            var slide = (await client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{row["slideId"]}"))!["slide"]!;
            if ((string?)row["state"] == "succeeded")
                outputs.Hash(Path.Combine(blobs, "predictions", (string)row["id"]!), $"{slide["name"]} prediction");
        }
        foreach (var row in (await client.GetFromJsonAsync<JsonNode>("/api/v1/models?limit=100"))!["items"]!.AsArray())
            known.Add($"models/{row!["id"]}");
        outputs.Strays.AddRange(StraysIn(blobs, known));
        return outputs;
    }

    /// <summary>What lies among the blobs and belongs to none of the known folders, and whatever is half-written.</summary>
    static IEnumerable<string> StraysIn(string blobs, HashSet<string> known) =>
        Directory.EnumerateDirectories(blobs).SelectMany(kind => Directory.EnumerateFileSystemEntries(kind))
            .Select(entry => Path.GetRelativePath(blobs, entry)).Where(entry => !known.Contains(entry)).Select(entry => $"belongs to nothing: {entry}")
            .Concat(Directory.EnumerateFiles(blobs, "*.mhim-tmp-*", SearchOption.AllDirectories).Select(file => $"half-written: {Path.GetRelativePath(blobs, file)}"));

    void Hash(string folder, string name)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            if (!file.Contains(".mhim-tmp-", StringComparison.Ordinal))
                Files[$"{name}/{Path.GetRelativePath(folder, file)}"] = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
    }
}
