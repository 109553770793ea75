using System.Diagnostics;
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
    DataOptions data, WorkerOptions options, IDbContextFactory<MhimContext> contexts, BlobStore blobs, OrphanSweep orphans, JobBook book,
    JobStorage storage, IServiceScopeFactory scopes, ILogger<JobHost> log) : BackgroundService
{
    TimeSpan Silence => TimeSpan.FromSeconds(options.LeaseSeconds);

    TimeSpan Leftover => TimeSpan.FromMinutes(options.LeftoverMinutes);

    readonly List<BackgroundJobServer> servers = [];
    DataFolderLock? folderLock;

    public override async Task StartAsync(CancellationToken cancel)
    {
        var alone = data.Postgres is null;
        if (alone)
            folderLock = DataFolderLock.TryTake(data.Folder) ?? throw new InputException("data-in-use",
                $"Another mhim serves the data folder '{data.Folder}'; stop it, or name another folder with --data.");
        await contexts.MigrateAsync(cancel);
        // With the folder to ourselves, whatever is unfinished is a leftover; with Postgres others may be at work, and it shows in time which are not.
        Sweep(alone ? TimeSpan.Zero : Leftover);
        await orphans.RunAsync(alone && !blobs.MayBeShared ? TimeSpan.Zero : Leftover, cancel);
        if (alone)
            await book.RecoverAsync(null, cancel);
        await book.EnqueueAllAsync(cancel);
        foreach (var queue in JobQueues.All)
            StartServer(queue, options.WorkersOf(queue));
        await base.StartAsync(cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Silence / 3);
        var (answers, sweep) = ((Stopwatch?)null, Stopwatch.StartNew());
        while (await timer.WaitForNextTickAsync(stopping))
            try
            {
                await book.EnqueueForgottenAsync(stopping);
                // When the database was away nobody could beat: every worker gets the time to do so before it is taken for lost.
                answers ??= Stopwatch.StartNew();
                if (answers.Elapsed >= Silence)
                    await book.RecoverAsync(Silence, stopping);
                if (sweep.Elapsed < Leftover / 4)
                    continue;
                sweep.Restart();
                Sweep(Leftover);
                await orphans.RunAsync(Leftover, stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                answers = null;
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

    void Sweep(TimeSpan age)
    {
        blobs.SweepIncoming(age);
        AtomicFile.SweepTemporaries(data.BlobFolder, age);
    }
}
