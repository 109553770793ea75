using System.Diagnostics.Metrics;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Operations;

/// <summary>
/// What the rows say about the jobs of all processes, for Prometheus: read when somebody asks, so that it is enough to ask one api. What "recently" is said of
/// belongs to the last hour.
/// </summary>
sealed class JobFigures : IDisposable
{
    public const string Name = "Mhim.Service";

    static readonly TimeSpan Recently = TimeSpan.FromHours(1);

    /// <summary>Jobs that quantiles are made of at most.</summary>
    const int Most = 10_000;

    static readonly double[] Quantiles = [0.5, 0.95, 1];

    readonly Meter meter = new(Name);
    readonly IDbContextFactory<MhimContext> contexts;
    readonly WorkerOptions options;
    volatile Snapshot latest = new([], [], [], [], [], []);

    sealed record Snapshot(List<Measurement<long>> Jobs, List<Measurement<double>> Durations, List<Measurement<long>> Finished,
        List<Measurement<long>> Failures, List<Measurement<double>> Tiles, List<Measurement<long>> Workers);

    public JobFigures(IDbContextFactory<MhimContext> contexts, WorkerOptions options, BlobStore blobs)
    {
        (this.contexts, this.options) = (contexts, options);
        meter.CreateObservableGauge("mhim.jobs", () => latest.Jobs, null, "Jobs by queue and state.");
        meter.CreateObservableGauge("mhim.job.recent.duration", () => latest.Durations, "s", "How long the jobs took that succeeded recently, by kind and quantile.");
        meter.CreateObservableGauge("mhim.jobs.recent", () => latest.Finished, null, "Jobs that ended recently, by kind and state.");
        meter.CreateObservableGauge("mhim.jobs.failed", () => latest.Failures, null, "Failed jobs that are kept, by kind and reason.");
        meter.CreateObservableGauge("mhim.tiles.rate", () => latest.Tiles, null, "Tiles encoded per second of encoding, recently.");
        meter.CreateObservableGauge("mhim.workers", () => latest.Workers, null, "Worker processes that live, by queue.");
        meter.CreateObservableGauge("mhim.blobs.free", blobs.FreeBytes, "By", "Free bytes on the disk of the blobs.");
    }

    /// <summary>Reads the rows.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var now = DateTime.UtcNow;
        var recently = now - Recently;
        var counts = await context.Jobs.GroupBy(j => new { j.Queue, j.State }).Select(g => new { g.Key.Queue, g.Key.State, Count = g.LongCount() }).ToListAsync(cancel);
        var ended = await context.Jobs.Where(j => j.FinishedAt >= recently).OrderByDescending(j => j.FinishedAt).Take(Most)
            .Select(j => new { j.Kind, j.State, j.StartedAt, j.FinishedAt, j.SlideId }).ToListAsync(cancel);
        var failures = await context.Jobs.Where(j => j.State == JobState.Failed).GroupBy(j => new { j.Kind, j.ErrorCode })
            .Select(g => new { g.Key.Kind, g.Key.ErrorCode, Count = g.LongCount() }).ToListAsync(cancel);
        var living = await context.Workers.Living(options).CountByQueueAsync(cancel);
        var encoded = await context.Jobs.Where(j => j.Kind == JobKind.Extract && j.State == JobState.Succeeded && j.FinishedAt >= recently)
            .Join(context.Slides, j => j.SlideId, s => s.Id, (j, s) => new { j.StartedAt, j.FinishedAt, s.TileCount }).Take(Most).ToListAsync(cancel);

        // Every queue and state is there from the start: what is absent cannot raise an alarm.
        var jobs = (from queue in JobQueues.All
                    from state in Enum.GetValues<JobState>()
                    select new Measurement<long>(counts.Where(c => c.Queue == queue && c.State == state).Sum(c => c.Count), Tag("queue", queue), Tag("state", Word(state)))).ToList();
        var durations = new List<Measurement<double>>();
        foreach (var kind in ended.Where(j => j is { State: JobState.Succeeded, StartedAt: not null }).GroupBy(j => j.Kind))
        {
            var took = kind.Select(j => (j.FinishedAt!.Value - j.StartedAt!.Value).TotalSeconds).Order().ToArray();
            foreach (var quantile in Quantiles)
                durations.Add(new(took[(int)Math.Min(took.Length - 1, Math.Ceiling(quantile * took.Length) - 1)], Tag("kind", Word(kind.Key)), Tag("quantile", $"{quantile}")));
        }
        var seconds = encoded.Where(j => j.StartedAt is not null).Sum(j => (j.FinishedAt!.Value - j.StartedAt!.Value).TotalSeconds);
        latest = new Snapshot(jobs, durations,
            [.. ended.GroupBy(j => (j.Kind, j.State)).Select(g => new Measurement<long>(g.LongCount(), Tag("kind", Word(g.Key.Kind)), Tag("state", Word(g.Key.State))))],
            [.. failures.Select(f => new Measurement<long>(f.Count, Tag("kind", Word(f.Kind)), Tag("reason", f.ErrorCode ?? "unknown")))],
            [new(seconds > 0 ? encoded.Sum(j => (double)(j.TileCount ?? 0)) / seconds : 0)],
            [.. living.Select(queue => new Measurement<long>(queue.Count, Tag("queue", queue.Queue)))]);
    }

    public void Dispose() => meter.Dispose();

    static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
