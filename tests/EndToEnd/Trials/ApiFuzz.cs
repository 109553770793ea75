using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>What came of a fuzzing of the interface.</summary>
/// <param name="Counts">Answers by operation and status.</param>
/// <param name="Wrong">What must not be; empty when all is well.</param>
sealed record ApiFuzzResult(SortedDictionary<string, SortedDictionary<int, int>> Counts, List<string> Wrong);

/// <summary>
/// Sends generated requests to a service that asks for keys, as callers with and without rights, and looks for server errors, for answers that their caller should not
/// get, for files where none belong, and for anything lost of what was there before.
/// </summary>
sealed class ApiFuzz(string folder, int seed, Action<string>? say = null, Action<string>? hungUp = null) : IDisposable
{
    const string Sentinel = "MHIM-SENTINEL-7f3a91";

    sealed record Caller(string Name, HttpClient Client, bool Known = false, bool Writes = false, bool Admin = false);

    readonly ApiFuzzValues values = new(new Random(seed));
    readonly List<string> wrong = [], decoys = [], secrets = [];
    readonly SortedDictionary<string, SortedDictionary<int, int>> counts = new(StringComparer.Ordinal);
    Server? server;
    string slide = "", upload = "", owner = "";

    string Data => Path.Combine(folder, "site", "data");

    string Temporary => Path.Combine(folder, "temporary");

    /// <summary>Runs it all.</summary>
    /// <param name="count">Requests.</param>
    /// <param name="slideFile">A real slide.</param>
    /// <param name="modelFolder">A real model.</param>
    public async Task<ApiFuzzResult> RunAsync(int count, string slideFile, string modelFolder)
    {
        Directory.CreateDirectory(Data);
        Directory.CreateDirectory(Temporary);
        foreach (var place in (string[])[folder, Path.Combine(folder, "site"), Path.Combine(Data, "..", "..")])
            File.WriteAllText(Path.Combine(place, "secret.txt"), Sentinel);
        var admin = await ServerProcess.KeyAsync(Data, "admin");
        server = await Server.StartAsync(new Dictionary<string, string>
        {
            ["Mhim__Limits__RequestsPerSecond"] = "900000", ["Mhim__Limits__AnonymousPerSecond"] = "900000", ["Mhim__Uploads__LargestGB"] = "0.02", ["TMPDIR"] = Temporary,
            ["Mhim__AssociatedImages"] = "true",
        }, Data, "--keys");
        var everything = As(admin);
        server.Client.DefaultRequestHeaders.Authorization = everything.DefaultRequestHeaders.Authorization;
        owner = await MakeKeyAsync(everything, "researcher");
        var ids = await SeedAsync(slideFile, modelFolder);
        values.Known = ids;
        Caller[] callers =
        [
            new("anonymous", As(null)), new("expired", As(await ExpiredAsync(everything))), new("revoked", As(await RevokedAsync(everything))),
            new("foreign", As("mhim_" + new string('x', 43))), new("viewer", As(await MakeKeyAsync(everything, "viewer")), Known: true),
            new("researcher", As(await MakeKeyAsync(everything, "researcher")), Known: true, Writes: true), new("admin", As(await MakeKeyAsync(everything, "admin")), Known: true, Writes: true, Admin: true),
        ];
        var (before, kept) = (Tree(), await KeptAsync(ids));
        var document = (await everything.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
        var operations = ApiOperation.All(document);
        foreach (var operation in operations)
            counts[operation.ToString()] = [];
        var requests = new ApiFuzzRequests(document, values, new ApiFuzzFiles(values, File.ReadAllBytes(slideFile)));
        for (var i = 0; i < count; i++)
        {
            // Every operation in turn, so that none is left out; who calls is drawn.
            var (operation, caller) = (operations[i % operations.Count], values.Chance(0.25) ? values.Of(callers) : values.Of(callers[4..]));
            // Whoever may change things gets ids of what may be lost, except to look.
            IReadOnlyList<string> known = caller.Writes && operation.Method is not ("GET" or "HEAD") ? [.. decoys, upload] : [.. ids, .. decoys];
            await SendAsync(operation, caller, requests.Make(operation, server.Client.BaseAddress!, known));
            if (i % 500 == 499)
                say?.Invoke($"{i + 1} requests, {wrong.Count} wrong");
        }
        await SettledAsync(everything);
        foreach (var (name, sha) in kept)
            if (!(await KeptAsync(ids)).TryGetValue(name, out var now) || now != sha)
                wrong.Add($"lost or changed: {name}");
        wrong.AddRange(Tree().Except(before).Select(file => $"written outside of the data folder: {file}"));
        await StrayAsync(everything);
        return new ApiFuzzResult(counts, wrong);
    }

    async Task SendAsync(ApiOperation operation, Caller caller, HttpRequestMessage request)
    {
        var what = $"{request.Method} {request.RequestUri} as {caller.Name}";
        what = what.Length > 300 ? what[..300] + "…" : what;
        try
        {
            var body = request.Content is { } content && content.Headers.ContentType?.MediaType?.Contains("json") == true ? System.Text.Encoding.UTF8.GetString(await content.ReadAsByteArrayAsync()) : "";
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            using var sent = request;
            using var answer = await caller.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var status = (int)answer.StatusCode;
            var row = counts[operation.ToString()];
            row[status] = row.GetValueOrDefault(status) + 1;
            var said = await ReadAsync(answer, limit.Token);
            if (status >= 500)
                wrong.Add($"{status}: {what}: {said[..Math.Min(said.Length, 400)]}; sent: {Cut(body)}; log: {Cut(server!.Log[Math.Max(0, server.Log.LastIndexOf(" ERR ", StringComparison.Ordinal))..])}");
            var effective = request.Method == HttpMethod.Post && request.Headers.TryGetValues("X-HTTP-Method-Override", out var other) ? other.First() : request.Method.Method;
            var reads = effective is "GET" or "HEAD" or "OPTIONS";
            var administration = ((string[])["/api/v1/keys", "/api/v1/audit", "/api/v1/system"]).Any(begin => operation.Path.StartsWith(begin, StringComparison.Ordinal));
            // Whoever is signed in with a key that has ended must still be able to sign out.
            var signsOut = operation.Path == "/api/v1/session" && effective == "DELETE";
            if (status < 400 && operation.Path.StartsWith("/api/", StringComparison.Ordinal) && !signsOut
                && (!caller.Known || (!caller.Writes && !reads) || (!caller.Admin && administration) || request.RequestUri!.AbsolutePath.Contains($"/uploads/{upload}")))
                wrong.Add($"{status}, though not allowed: {what}");
            if ((string[])[Sentinel, "root:x:0:0", Data, "   at Mhim.", "   at Microsoft.", "   at System.", "SQLite Error", .. secrets] is var leaks && leaks.FirstOrDefault(said.Contains) is { } leak)
                wrong.Add($"tells '{leak}': {what}");
            if (status is 201 && answer.Headers.Location is { } location && location.OriginalString.Split('/')[^1] is var made && Guid.TryParse(made, out _))
                decoys.Add(made);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or UriFormatException or InvalidOperationException or NotSupportedException)
        {
            // A service may hang up on a body that it has refused; it may not go away or keep one waiting.
            if (e is OperationCanceledException || server!.HasExited)
                wrong.Add($"no answer: {what}: {e.Message}");
            var row = counts[operation.ToString()];
            row[0] = row.GetValueOrDefault(0) + 1;
            hungUp?.Invoke($"{what}: {e.Message} {e.InnerException?.Message}");
        }
    }

    static string Cut(string text) => text.Length > 600 ? text[..600] + "…" : text;

    static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        // A stream of events may not end.
        if (answer.Content.Headers.ContentType?.MediaType is "text/event-stream" or "image/jpeg" or "image/png")
            return "";
        return await answer.Content.ReadAsStringAsync(cancel);
    }

    // What must be there afterwards as it is now.
    async Task<List<string>> SeedAsync(string slideFile, string modelFolder)
    {
        var service = server!;
        slide = (string)(await service.SendFilesAsync("/slides", slideFile))["id"]!;
        var model = (string)(await service.SendFilesAsync("/models", Directory.GetFiles(modelFolder)))["id"]!;
        var prediction = (string)(await service.PostAsync("/predictions", new { slideId = slide, modelId = model }))["id"]!;
        await service.WaitAsync($"/predictions/{prediction}", answer => (string?)answer["state"], "succeeded");
        using var begin = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads");
        foreach (var (name, value) in (Dictionary<string, string>)new() { ["Tus-Resumable"] = "1.0.0", ["Upload-Length"] = "1000", ["Upload-Metadata"] = "filename YS5zdnM=" })
            begin.Headers.Add(name, value);
        using var client = As(owner);
        upload = (await client.SendAsync(begin)).Headers.Location!.OriginalString.Split('/')[^1];
        var jobs = (await service.GetAsync($"/slides/{slide}"))["jobs"]!.AsArray().Select(job => (string)job!["id"]!);
        return [slide, model, prediction, upload, .. jobs];
    }

    async Task<Dictionary<string, string>> KeptAsync(List<string> ids)
    {
        var kept = Directory.EnumerateFiles(Path.Combine(Data, "blobs"), "*", SearchOption.AllDirectories).Where(file => ids.Take(3).Any(file.Contains))
            .ToDictionary(file => file, file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
        foreach (var (kind, id) in ((string, string)[])[("slides", ids[0]), ("models", ids[1]), ("predictions", ids[2])])
            kept[$"{kind} {id}"] = await server!.Client.GetStringAsync($"/api/v1/{kind}/{id}");
        using var client = As(owner);
        kept[$"upload {upload}"] = (string?)(await client.GetFromJsonAsync<JsonNode>($"/api/v1/uploads/{upload}"))!["state"] + "";
        return kept;
    }

    // Everything around the data folder: the service has no business there.
    HashSet<string> Tree() => [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
        .Where(entry => !entry.StartsWith(Data, StringComparison.Ordinal) && !Path.GetFileName(entry).StartsWith("clr-debug-pipe", StringComparison.Ordinal) && !Path.GetFileName(entry).StartsWith("dotnet-diagnostic", StringComparison.Ordinal))
        .Select(entry => File.Exists(entry) ? $"{entry} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(entry)))}" : entry)];

    // Inside it: every folder of the blobs belongs to a row, and nothing half-received is left.
    async Task StrayAsync(HttpClient everything)
    {
        var blobs = Path.Combine(Data, "blobs");
        if (Directory.Exists(Path.Combine(blobs, "incoming")))
            wrong.AddRange(Directory.EnumerateFileSystemEntries(Path.Combine(blobs, "incoming")).Select(file => $"left behind: {file}"));
        wrong.AddRange(Directory.EnumerateFiles(blobs, "*.mhim-tmp-*", SearchOption.AllDirectories).Select(file => $"left behind: {file}"));
        foreach (var entry in Directory.EnumerateFileSystemEntries(blobs))
        {
            var kind = Path.GetFileName(entry);
            if (kind is "incoming" or "uploads" || !Directory.Exists(entry))
                continue;
            foreach (var name in Directory.EnumerateFileSystemEntries(entry).Select(Path.GetFileName))
                if (!Guid.TryParse(name, out _) || !(await everything.GetAsync($"/api/v1/{kind}/{name}")).IsSuccessStatusCode)
                    wrong.Add($"belongs to nothing: {kind}/{name}");
        }
        wrong.AddRange(Directory.EnumerateFileSystemEntries(Data).Select(entry => Path.GetFileName(entry)!)
            .Where(name => name != "blobs" && name is not ("encoders" or ".lock") && !name.StartsWith("mhim", StringComparison.Ordinal)).Select(name => $"unknown in the data folder: {name}"));
    }

    static async Task SettledAsync(HttpClient client)
    {
        for (var end = DateTime.UtcNow.AddMinutes(3); DateTime.UtcNow < end; await Task.Delay(200))
            if ((await client.GetFromJsonAsync<JsonNode>("/api/v1/jobs?limit=100"))!["items"]!.AsArray().All(job => (string?)job!["state"] is "succeeded" or "failed" or "cancelled"))
                return;
    }

    async Task<string> MakeKeyAsync(HttpClient admin, string role, double? days = null) => (await MadeAsync(admin, role, days)).Secret;

    async Task<(string Secret, string Id)> MadeAsync(HttpClient admin, string role, double? days = null)
    {
        var made = (await (await admin.PostAsJsonAsync("/api/v1/keys", new { name = role, role, expiresInDays = days })).Content.ReadFromJsonAsync<JsonNode>())!;
        secrets.Add((string)made["secret"]!);
        return (secrets[^1], (string)made["key"]!["id"]!);
    }

    async Task<string> ExpiredAsync(HttpClient admin)
    {
        var key = await MakeKeyAsync(admin, "admin", 1e-6); // a tenth of a second
        using var client = As(key);
        while ((await client.GetAsync("/api/v1/me")).IsSuccessStatusCode)
            await Task.Delay(20);
        return key;
    }

    async Task<string> RevokedAsync(HttpClient admin)
    {
        var (secret, id) = await MadeAsync(admin, "admin");
        (await admin.DeleteAsync($"/api/v1/keys/{id}")).EnsureSuccessStatusCode();
        return secret;
    }

    HttpClient As(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null, RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1 }) { BaseAddress = server!.Client.BaseAddress, Timeout = TimeSpan.FromMinutes(2) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public void Dispose() => server?.Dispose();

    /// <summary>Endpoint by class of answer.</summary>
    public static void Print(ApiFuzzResult result, TextWriter to)
    {
        int[] statuses = [.. result.Counts.Values.SelectMany(row => row.Keys).Distinct().Order()];
        to.WriteLine($"| | {string.Join(" | ", statuses.Select(status => status == 0 ? "hung up" : $"{status}"))} |\n|---|{string.Concat(statuses.Select(_ => "---|"))}");
        foreach (var (operation, row) in result.Counts)
            to.WriteLine($"| {operation} | {string.Join(" | ", statuses.Select(status => row.TryGetValue(status, out var n) ? $"{n}" : ""))} |");
        to.WriteLine($"| **all {result.Counts.Values.Sum(row => row.Values.Sum())}** | {string.Join(" | ", statuses.Select(status => result.Counts.Values.Sum(row => row.GetValueOrDefault(status))))} |");
    }
}
