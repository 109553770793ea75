using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Data.Tests.Postgres;
using Npgsql;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>How a chaos trial runs.</summary>
/// <param name="Slides">Each leads to three jobs: tile, extract, predict; a blank one to two.</param>
/// <param name="Blank">So many of them have no tissue: they fail for that reason, and no prediction is asked for.</param>
/// <param name="Duration">How long processes are killed, at least; the slides come spread over four fifths of it.</param>
/// <param name="Between">Seconds between kills, on average.</param>
/// <param name="Seed">Decides who is killed when.</param>
sealed record ChaosOptions(int Slides, int Blank, TimeSpan Duration, double Between, int Seed = 1)
{
    /// <summary>Jobs in all.</summary>
    public int Jobs => 3 * Slides - Blank;
}

/// <summary>
/// Slides are sent to a service with three workers over Postgres while random processes are killed every few seconds and Postgres is killed once and restarted once.
/// In the end it must be as after a calm run: every job done once or failed for its own reason, the same bytes, nothing left over.
/// </summary>
sealed class Chaos(string folder, ChaosOptions options, string modelFolder, Action<string>? say = null)
{
    const int LeastKills = 3;

    // Where processes take long to come up again, less has happened in the wanted time than a trial needs; it goes on for so long at most.
    static readonly TimeSpan Longer = TimeSpan.FromMinutes(3);

    readonly Random random = new(options.Seed);
    readonly List<string> wrong = [];

    string Data => Path.Combine(folder, "chaos");

    /// <summary>Runs it.</summary>
    /// <returns>What is not as it should be; empty when all is well. The last lines say what happened.</returns>
    public async Task<(List<string> Wrong, List<string> Report)> RunAsync()
    {
        var slides = ChaosSlides.Draw(Path.Combine(folder, "slides"), options.Slides, options.Blank);
        var clock = Stopwatch.StartNew();
        var calm = await CalmAsync(slides);
        say?.Invoke($"calm run: {clock.Elapsed.TotalSeconds:0} s");
        using var cluster = new PostgresCluster();
        var report = new List<string>();
        clock.Restart();
        ChaosOutputs outputs;
        await using (var fleet = new ChaosFleet(cluster.ConnectionString, Data))
        {
            using var client = new HttpClient { BaseAddress = fleet.Origin, Timeout = TimeSpan.FromSeconds(20) };
            var model = await InsistAsync(() => SendAsync(client, "/api/v1/models", Directory.GetFiles(modelFolder)));
            await CountEndsAsync(cluster.ConnectionString);
            var sending = SendAllAsync(client, slides, (string)model["id"]!);
            await DisturbAsync(fleet, cluster, clock);
            await sending;
            await WaitAsync(client, clock, fleet);
            outputs = await ChaosOutputs.ReadAsync(client, Data);
            // What the killed left half-written is removed in time, half a minute here.
            for (var wait = Stopwatch.StartNew(); outputs.Strays.Count > 0 && wait.Elapsed < TimeSpan.FromMinutes(5); await Task.Delay(1000))
                outputs = await ChaosOutputs.ReadAsync(client, Data);
            report.Add($"killed: {string.Join(", ", fleet.Kills.Select(pair => $"{pair.Key} {pair.Value}"))}; Postgres killed once, restarted once; ended by themselves: {fleet.EndedAlone}");
            if (fleet.Kills.Values.Sum() < LeastKills)
                wrong.Add("too few kills for this trial");
        }
        Compare(calm, outputs);
        report.Add(await EndsAsync(cluster.ConnectionString));
        report.Add($"jobs: {string.Join(", ", outputs.Jobs.Values.GroupBy(state => state).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}"))}");
        report.Add($"attempts: {string.Join(", ", outputs.Attempts.GroupBy(n => n).OrderBy(g => g.Key).Select(g => $"{g.Count()} jobs {g.Key}"))}");
        report.Add($"{outputs.Files.Count} files compared with the calm run; {outputs.Strays.Count} strays; {Children().Count} processes left; {clock.Elapsed.TotalSeconds:0} s");
        wrong.AddRange(Children().Select(child => $"still running: {child}"));
        return (wrong, report);
    }

    async Task<ChaosOutputs> CalmAsync(List<string> slides)
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "calm"));
        var model = (string)(await server.SendFilesAsync("/models", Directory.GetFiles(modelFolder)))["id"]!;
        await SendAllAsync(server.Client, slides, model, spread: false);
        while (!await ChaosOutputs.AllEndedAsync(server.Client, options.Jobs))
            await Task.Delay(200);
        return await ChaosOutputs.ReadAsync(server.Client, Path.Combine(folder, "calm"));
    }

    async Task SendAllAsync(HttpClient client, List<string> slides, string model, bool spread = true)
    {
        var clock = Stopwatch.StartNew();
        foreach (var (i, path) in slides.Index())
        {
            if (spread && options.Duration * (0.8 * i / slides.Count) - clock.Elapsed is { Ticks: > 0 } early)
                await Task.Delay(early);
            var slide = await InsistAsync(() => SendAsync(client, "/api/v1/slides", path));
            if (!Path.GetFileName(path).StartsWith("blank", StringComparison.Ordinal))
                await InsistAsync(() => PredictAsync(client, (string)slide["id"]!, model));
        }
    }

    static async Task<JsonNode> PredictAsync(HttpClient client, string slideId, string modelId)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/predictions", new { slideId, modelId });
        return await OkAsync(answer);
    }

    static async Task<JsonNode> SendAsync(HttpClient client, string to, params string[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in files)
        {
            var part = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileName = Path.GetFileName(file) };
            form.Add(part);
        }
        using var answer = await client.PostAsync(to, form);
        return await OkAsync(answer);
    }

    static async Task<JsonNode> OkAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)!
            : (int)answer.StatusCode >= 500 ? throw new HttpRequestException(text) : throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
    }

    // As a careful client does: the same again until there is an answer.
    static async Task<JsonNode> InsistAsync(Func<Task<JsonNode>> act)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(300))
            try
            {
                return await act();
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException && clock.Elapsed < TimeSpan.FromMinutes(10))
            {
            }
    }

    async Task DisturbAsync(ChaosFleet fleet, PostgresCluster cluster, Stopwatch clock)
    {
        var (killed, restarted) = (false, false);
        clock.Restart();
        while (clock.Elapsed < options.Duration || (clock.Elapsed < options.Duration + Longer && !(killed && restarted && fleet.Kills.Values.Sum() >= LeastKills)))
        {
            await Task.Delay(TimeSpan.FromSeconds(options.Between * (0.5 + random.NextDouble())));
            if (!killed && clock.Elapsed > options.Duration * 0.35)
            {
                killed = true;
                cluster.KillAndRestart();
                say?.Invoke($"{clock.Elapsed.TotalSeconds:0} s: Postgres killed and started");
            }
            else if (!restarted && clock.Elapsed > options.Duration * 0.65)
            {
                restarted = true;
                cluster.Restart();
                say?.Invoke($"{clock.Elapsed.TotalSeconds:0} s: Postgres restarted");
            }
            else
                fleet.Kill(random);
        }
        if (!(killed && restarted))
            wrong.Add("too little happened to Postgres for this trial");
    }

    async Task WaitAsync(HttpClient client, Stopwatch clock, ChaosFleet fleet)
    {
        say?.Invoke($"{clock.Elapsed.TotalSeconds:0} s: no more kills");
        for (var wait = Stopwatch.StartNew(); wait.Elapsed < TimeSpan.FromMinutes(15); await Task.Delay(300))
            try
            {
                if (await ChaosOutputs.AllEndedAsync(client, options.Jobs))
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
            }
        wrong.Add($"not all jobs have ended\n{fleet.Log}");
    }

    void Compare(ChaosOutputs calm, ChaosOutputs chaos)
    {
        foreach (var key in calm.Jobs.Keys.Union(chaos.Jobs.Keys))
            if ((calm.Jobs.GetValueOrDefault(key), chaos.Jobs.GetValueOrDefault(key)) is var (was, now) && was != now)
                wrong.Add($"job {key}: {now ?? "none"}, calm: {was ?? "none"}");
        foreach (var key in calm.Files.Keys.Union(chaos.Files.Keys))
            if ((calm.Files.GetValueOrDefault(key), chaos.Files.GetValueOrDefault(key)) is var (was, now) && was != now)
                wrong.Add($"file {key}: {(now is null ? "missing" : was is null ? "not in the calm run" : "other bytes")}");
        wrong.AddRange(chaos.Strays);
    }

    // The database itself counts how often a job becomes done, so that nobody's word has to be taken for it.
    static async Task CountEndsAsync(string connection)
    {
        await using var database = new NpgsqlConnection(connection + ";Pooling=false"); // one from the pool may date from before the restart
        await database.OpenAsync();
        await using var command = new NpgsqlCommand("""
            CREATE TABLE chaos_ends ("JobId" uuid NOT NULL, "State" text NOT NULL);
            CREATE FUNCTION chaos_end() RETURNS trigger AS $$ BEGIN INSERT INTO chaos_ends VALUES (NEW."Id", NEW."State"); RETURN NEW; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER chaos_end AFTER UPDATE ON "Jobs" FOR EACH ROW WHEN (NEW."State" IN ('Succeeded', 'Failed', 'Cancelled') AND OLD."State" <> NEW."State") EXECUTE FUNCTION chaos_end();
            """, database);
        await command.ExecuteNonQueryAsync();
    }

    async Task<string> EndsAsync(string connection)
    {
        await using var database = new NpgsqlConnection(connection + ";Pooling=false"); // one from the pool may date from before the restart
        await database.OpenAsync();
        await using var command = new NpgsqlCommand("""SELECT j."Id"::text, count(e.*), (SELECT count(*) FROM "Slides" s WHERE s."Id" = j."SlideId") FROM "Jobs" j LEFT JOIN chaos_ends e ON e."JobId" = j."Id" GROUP BY j."Id" """, database);
        await using var rows = await command.ExecuteReaderAsync();
        var counts = new Dictionary<long, int>();
        while (await rows.ReadAsync())
        {
            counts[rows.GetInt64(1)] = counts.GetValueOrDefault(rows.GetInt64(1)) + 1;
            if (rows.GetInt64(1) != 1)
                wrong.Add($"job {rows.GetString(0)} ended {rows.GetInt64(1)} times");
            if (rows.GetInt64(2) != 1)
                wrong.Add($"job {rows.GetString(0)} has no slide");
        }
        return $"ends counted by the database: {string.Join(", ", counts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} jobs ended {pair.Key} times"))}";
    }

    // Processes of jobs that outlive their workers: they carry the data folder in their environment.
    List<string> Children() => [.. Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _)).Where(process =>
    {
        try
        {
            return File.ReadAllText($"{process}/environ").Contains($"Mhim__Data={Data}", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    })];
}
