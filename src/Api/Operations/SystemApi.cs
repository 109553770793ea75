using System.Reflection;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Operations;

/// <summary>What administrators want to see at a glance: disk, workers, queues.</summary>
static class SystemApi
{
    static readonly string Version = typeof(SystemApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    static readonly DateTime Started = DateTime.UtcNow;

    public static void MapSystem(this RouteGroupBuilder api) =>
        api.MapGet("/system", GetAsync).WithTags("System").For(Role.Admin).WithSummary("Disk, workers and queues");

    static async Task<Ok<SystemDto>> GetAsync(MhimContext context, BlobStore blobs, DiskFigures disk, WorkerOptions options, CancellationToken cancel)
    {
        var alive = LivingWorkers.Since(options);
        var workers = await context.Workers.AsNoTracking().OrderBy(w => w.Host).ThenBy(w => w.StartedAt).ToListAsync(cancel);
        var counts = await context.Jobs.GroupBy(j => new { j.Queue, j.State }).Select(g => new { g.Key.Queue, g.Key.State, Count = g.Count() }).ToListAsync(cancel);
        var waiting = await context.Jobs.Where(j => j.State == JobState.Queued).GroupBy(j => j.Queue).Select(g => new { Queue = g.Key, Since = g.Min(j => j.CreatedAt) }).ToListAsync(cancel);
        int Count(string queue, JobState state) => counts.Where(c => c.Queue == queue && c.State == state).Sum(c => c.Count);
        return TypedResults.Ok(new SystemDto(Version, Started, context.Database.ProviderName!.Contains("Npgsql", StringComparison.Ordinal) ? "postgres" : "sqlite",
            new DiskDto(blobs.FreeBytes(), blobs.TotalBytes(), await disk.ReadAsync(cancel)),
            [.. workers.Select(w => new WorkerDto(w.Id, w.Host, w.ProcessId, w.Queues.Split(','), w.Device, w.Version, w.StartedAt, w.SeenAt, w.SeenAt >= alive))],
            [
                .. JobQueues.All.Select(name => new QueueDto(name, workers.Count(w => w.SeenAt >= alive && w.Queues.Split(',').Contains(name)),
                    Count(name, JobState.Waiting), Count(name, JobState.Queued), Count(name, JobState.Running), Count(name, JobState.Failed), waiting.FirstOrDefault(w => w.Queue == name)?.Since)),
            ]));
    }
}

/// <summary>Bytes of the blobs by what they belong to; walking them all takes its time, so what was found is told for a minute.</summary>
/// <param name="blobs">The files.</param>
sealed class DiskFigures(BlobStore blobs) : IDisposable
{
    static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    readonly SemaphoreSlim one = new(1);
    (DateTime At, IReadOnlyList<DiskUseDto> Found) last = (DateTime.MinValue, []);

    public async Task<IReadOnlyList<DiskUseDto>> ReadAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            if (DateTime.UtcNow - last.At > Fresh)
                last = (DateTime.UtcNow, await Task.Run(async () => (IReadOnlyList<DiskUseDto>)[.. (await blobs.UsageAsync(cancel)).Select(u => new DiskUseDto(u.Kind, u.Files, u.Bytes))], cancel));
            return last.Found;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}

/// <summary>How the service is doing.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="StartedAt">When this process started, UTC.</param>
/// <param name="Database">sqlite or postgres.</param>
/// <param name="Disk">The disk of the blobs.</param>
/// <param name="Workers">Processes that take jobs up, those too that were lost within the last day.</param>
/// <param name="Queues">tiling and gpu.</param>
public sealed record SystemDto(string Version, DateTime StartedAt, string Database, DiskDto Disk, IReadOnlyList<WorkerDto> Workers, IReadOnlyList<QueueDto> Queues);

/// <summary>The disk of the blobs.</summary>
/// <param name="FreeBytes">Free.</param>
/// <param name="TotalBytes">In all.</param>
/// <param name="Use">By what it belongs to, as it was within the last minute.</param>
public sealed record DiskDto(long FreeBytes, long TotalBytes, IReadOnlyList<DiskUseDto> Use);

/// <summary>Blobs of a kind.</summary>
/// <param name="Kind">slides, predictions, runs, models, cohorts, uploads or incoming.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">Of them all.</param>
public sealed record DiskUseDto(string Kind, long Files, long Bytes);

/// <summary>A process that takes jobs up.</summary>
/// <param name="Id">Drawn anew by every process.</param>
/// <param name="Host">Its machine.</param>
/// <param name="ProcessId">Its number there.</param>
/// <param name="Queues">What it works on.</param>
/// <param name="Device">Where its models run.</param>
/// <param name="Version">Of the program.</param>
/// <param name="StartedAt">When it started, UTC.</param>
/// <param name="SeenAt">When it last said that it lives, UTC.</param>
/// <param name="Alive">Whether that was within its lease.</param>
public sealed record WorkerDto(Guid Id, string Host, int ProcessId, IReadOnlyList<string> Queues, string Device, string Version, DateTime StartedAt, DateTime SeenAt, bool Alive);

/// <summary>A queue.</summary>
/// <param name="Name">tiling or gpu.</param>
/// <param name="Workers">Processes that work on it.</param>
/// <param name="Waiting">Jobs that wait for others.</param>
/// <param name="Queued">Jobs that wait for a worker.</param>
/// <param name="Running">Jobs that are being done.</param>
/// <param name="Failed">Failed jobs that are kept.</param>
/// <param name="QueuedSince">Since when the first of them waits for a worker, UTC.</param>
public sealed record QueueDto(string Name, int Workers, int Waiting, int Queued, int Running, int Failed, DateTime? QueuedSince);
