using Hangfire;
using Hangfire.AspNetCore;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Features.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mhim.Workers.Jobs;

/// <summary>Starts the database, sweeps what a killed process left, puts unfinished jobs back, and then runs the workers of both queues.</summary>
sealed class JobHost(
    DataOptions data, WorkerOptions options, IDbContextFactory<MhimContext> contexts, BlobStore blobs, JobBook book,
    JobStorage storage, IServiceScopeFactory scopes, ILogger<JobHost> log) : BackgroundService
{
    TimeSpan Silence => TimeSpan.FromSeconds(options.LeaseSeconds);

    readonly List<BackgroundJobServer> servers = [];
    DataFolderLock? folderLock;

    public override async Task StartAsync(CancellationToken cancel)
    {
        var alone = data.Postgres is null;
        if (alone)
            folderLock = DataFolderLock.TryTake(data.Folder) ?? throw new InputException("data-in-use",
                $"Another mhim serves the data folder '{data.Folder}'; stop it, or name another folder with --data.");
        await contexts.MigrateAsync(cancel);
        // With the folder to ourselves, whatever is unfinished is a leftover; with Postgres others may be at work.
        var age = alone ? TimeSpan.Zero : TimeSpan.FromHours(1);
        blobs.SweepIncoming(age);
        AtomicFile.SweepTemporaries(data.BlobFolder, age);
        await SweepOrphansAsync(age, cancel);
        await book.RecoverAsync(alone ? TimeSpan.Zero : Silence, cancel);
        await book.EnqueueAllAsync(cancel);
        StartServer(JobQueues.Tiling, options.TilingWorkers);
        StartServer(JobQueues.Gpu, options.GpuWorkers);
        await base.StartAsync(cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Silence / 3);
        while (await timer.WaitForNextTickAsync(stopping))
            try
            {
                await book.RecoverAsync(Silence, stopping);
                await book.EnqueueForgottenAsync(stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A database that is away for a while must not take the service with it.
                log.LogWarning("Lost jobs could not be looked for: {Reason}", e.Message);
            }
    }

    public override async Task StopAsync(CancellationToken cancel)
    {
        // A host may be stopped from two sides at once, and Hangfire's servers do not bear being disposed twice.
        lock (servers)
        {
            foreach (var server in servers)
                server.SendStop();
            foreach (var server in servers)
                server.Dispose();
            servers.Clear();
        }
        await base.StopAsync(cancel);
        folderLock?.Dispose();
    }

    void StartServer(string queue, int workers)
    {
        if (workers > 0)
            servers.Add(new BackgroundJobServer(new BackgroundJobServerOptions
            {
                ServerName = $"{Environment.MachineName}:{Environment.ProcessId}:{queue}",
                Queues = [queue],
                WorkerCount = workers,
                Activator = new AspNetCoreJobActivator(scopes),
                ShutdownTimeout = TimeSpan.FromSeconds(10),
                CancellationCheckInterval = TimeSpan.FromSeconds(1),
            }, storage));
    }

    // A file is renamed into place before its row is written, and a row goes before its files: what is left over has no row.
    async Task SweepOrphansAsync(TimeSpan age, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        await SweepAsync("slides", [.. await context.Slides.Select(s => s.Id).ToListAsync(cancel)]);
        await SweepAsync("models", [.. await context.Models.Select(m => m.Id).ToListAsync(cancel)]);
        await SweepAsync("uploads", [.. await context.Uploads.Select(u => u.Id).ToListAsync(cancel)]);
        await SweepAsync("cohorts", [.. await context.Cohorts.Select(c => c.Id).ToListAsync(cancel)]);
        await SweepAsync("runs", [.. await context.Runs.Select(r => r.Id).ToListAsync(cancel)]);
        await SweepAsync("predictions", [.. await context.Predictions.Select(p => p.Id).ToListAsync(cancel)]);

        Task SweepAsync(string kind, HashSet<Guid> known)
        {
            foreach (var name in blobs.List(kind))
            {
                var key = $"{kind}/{name}";
                if ((!Guid.TryParse(name, out var id) || !known.Contains(id)) && Directory.GetLastWriteTimeUtc(blobs.PathOf(key)) <= DateTime.UtcNow - age)
                    blobs.Delete(key);
            }
            return Task.CompletedTask;
        }
    }
}
