using System.Reflection;
using Mhim.Data;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mhim.Workers.Jobs;

/// <summary>
/// Says in the database that this process takes jobs up, at start and three times per lease, and takes that back when it stops. Rows of processes that were
/// killed are swept by the others after a day, so that one can still see for a while who is missing.
/// </summary>
sealed class WorkerRow(IDbContextFactory<MhimContext> contexts, WorkerOptions options, ILogger<WorkerRow> log) : BackgroundService
{
    readonly Guid id = Guid.CreateVersion7();

    static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    internal static string Version { get; } =
        typeof(WorkerRow).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    string Queues => string.Join(',', JobQueues.All.Where(queue => options.WorkersOf(queue) > 0));

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (Queues.Length == 0)
            return; // an api without workers
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.LeaseSeconds) / 3);
        do
            try
            {
                await SayAsync(stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("It could not be written that this worker lives: {Reason}", e.Message);
            }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    public override async Task StopAsync(CancellationToken cancel)
    {
        await base.StopAsync(cancel);
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancel);
            await context.Workers.Where(w => w.Id == id).ExecuteDeleteAsync(cancel);
        }
        catch (Exception e)
        {
            log.LogWarning("It could not be written that this worker stops: {Reason}", e.Message);
        }
    }

    async Task SayAsync(CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        var now = DateTime.UtcNow;
        if (await context.Workers.Where(w => w.Id == id).ExecuteUpdateAsync(set => set.SetProperty(w => w.SeenAt, now), cancel) == 1)
            return;
        var forgotten = now - Remembered;
        await context.Workers.Where(w => w.SeenAt < forgotten).ExecuteDeleteAsync(cancel);
        context.Workers.Add(new Worker
        {
            Id = id, Host = Environment.MachineName, ProcessId = Environment.ProcessId, Queues = Queues, Device = options.Device, Version = Cut(Version, 100), StartedAt = now, SeenAt = now,
        });
        await context.SaveChangesAsync(cancel);
    }

    static string Cut(string text, int most) => text.Length > most ? text[..most] : text;
}
