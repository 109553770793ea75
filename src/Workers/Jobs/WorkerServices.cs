using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Mhim.Data;
using Mhim.Features;
using Mhim.Workers.Cohorts;
using Mhim.Workers.Models;
using Mhim.Workers.Pipeline;
using Mhim.Workers.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mhim.Workers.Jobs;

/// <summary>How many jobs at once in this process, and what each may take.</summary>
public sealed record WorkerOptions
{
    /// <summary>Jobs of the queue <c>tiling</c>; at least 0. By default half the cores.</summary>
    public int TilingWorkers { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Jobs of the queue <c>gpu</c>; at least 0. By default 1: each may fill a device, or all cores.</summary>
    public int GpuWorkers { get; init; } = 1;

    /// <summary>Where the models run: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>A worker beats every second; the jobs of one that is silent for so long go to others. From 3 to 3600.</summary>
    public int LeaseSeconds { get; init; } = 30;

    /// <summary>What a killed process left half-written or without a row is removed when nobody has touched it for so long. From 0.1 to 100000.</summary>
    public double LeftoverMinutes { get; init; } = 60;

    /// <summary>MB (2^20 bytes) that a job of the queue <c>tiling</c> may hold in memory. By default nine tenths of what the machine has.</summary>
    public long? TilingMemoryMB { get; init; }

    /// <summary>The same for the queue <c>gpu</c>.</summary>
    public long? GpuMemoryMB { get; init; }

    /// <summary>Minutes that a job of the queue <c>tiling</c> may run.</summary>
    public double TilingMinutes { get; init; } = 4 * 60;

    /// <summary>Minutes that a job of the queue <c>gpu</c> may run. A training run may well take a day.</summary>
    public double GpuMinutes { get; init; } = 3 * 24 * 60;

    /// <summary>GB that must be free on the disk of the blobs for a job to begin; at least 0.</summary>
    public double ReserveGB { get; init; } = 1;

    /// <summary>How a job ends for which there is no room; null when there is.</summary>
    /// <param name="free">Bytes that are free.</param>
    internal JobOutcome? DiskGuard(long free) => free >= ReserveGB * (1L << 30) ? null : JobOutcome.Failure(DiskFull.Code,
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The disk of the data folder has {free / (double)(1L << 30):0.0} GB left, and a job leaves {ReserveGB:0.##} GB free (Mhim:Workers:ReserveGB); make room, then retry."));

    /// <summary>Jobs of a queue at once.</summary>
    /// <param name="queue">One of <see cref="Data.Entities.JobQueues"/>.</param>
    public int WorkersOf(string queue) => queue == Data.Entities.JobQueues.Tiling ? TilingWorkers : GpuWorkers;

    /// <summary>What a job may take.</summary>
    /// <param name="queue">Its queue.</param>
    public JobLimits LimitsOf(string queue)
    {
        var (memory, minutes) = queue == Data.Entities.JobQueues.Tiling ? (TilingMemoryMB, TilingMinutes) : (GpuMemoryMB, GpuMinutes);
        return new JobLimits(memory << 20 ?? JobLimits.UsualMemory, TimeSpan.FromMinutes(minutes));
    }

    /// <summary>Reads <c>Mhim:Workers:*</c>.</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static WorkerOptions From(IConfiguration configuration)
    {
        WorkerOptions options;
        try
        {
            options = configuration.GetSection("Mhim:Workers").Get<WorkerOptions>() ?? new();
        }
        catch (InvalidOperationException e)
        {
            throw new InputException("setting-unreadable", $"A setting of Mhim:Workers cannot be read: {e.Message}", e);
        }
        if (options is not { TilingWorkers: >= 0, GpuWorkers: >= 0, LeaseSeconds: >= 3 and <= 3600, ReserveGB: >= 0 })
            throw new InputException("setting-unreadable",
                "Mhim:Workers:TilingWorkers and GpuWorkers and ReserveGB are at least 0, Mhim:Workers:LeaseSeconds is from 3 to 3600.");
        if (options is not { TilingMemoryMB: null or (> 0 and < 1L << 32), GpuMemoryMB: null or (> 0 and < 1L << 32), TilingMinutes: > 0 and < 1e6, GpuMinutes: > 0 and < 1e6 })
            throw new InputException("setting-unreadable", "Mhim:Workers:TilingMemoryMB, GpuMemoryMB, TilingMinutes and GpuMinutes are above 0.");
        if (options.LeftoverMinutes is not (>= 0.1 and <= 100_000))
            throw new InputException("setting-unreadable", "Mhim:Workers:LeftoverMinutes is from 0.1 to 100000.");
        return options;
    }
}

/// <summary>Workers for a host.</summary>
public static class WorkerServices
{
    /// <summary>
    /// Adds rows, blobs, the job book and the workers of both queues. The queue is Hangfire, in memory with SQLite and in Postgres with Postgres;
    /// its storage is made here and not through Hangfire's static configuration, so that several hosts can live in one process.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">See <see cref="DataOptions.From"/>, <see cref="WorkerOptions.From"/>, <see cref="FeatureRules"/>; <c>Mhim:Models</c> is a folder of model folders.</param>
    public static IServiceCollection AddMhimWorkers(this IServiceCollection services, IConfiguration configuration)
    {
        var data = DataOptions.From(configuration);
        services.AddMhimData(data);
        var workers = WorkerOptions.From(configuration);
        if (data.Postgres is null && workers is { TilingWorkers: 0 } or { GpuWorkers: 0 })
            throw new InputException("workers-missing", "Without Postgres nobody else can take the jobs up, so this process needs workers of both queues; "
                + "set ConnectionStrings__Postgres for workers in processes of their own.");
        _ = new FeatureSettings().With(configuration); // a wrong rule ends this process at its start, and not every job of it
        services.AddSingleton(workers);
        services.AddSingleton<JobStorage>(_ => StorageOf(data));
        services.AddSingleton<IJobQueue, HangfireQueue>();
        services.AddSingleton<JobBook>();
        services.AddSingleton<JobProcess>();
        services.AddTransient<JobRunner>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<CohortRegistry>();
        services.AddSingleton<RunBook>();
        services.AddSingleton<OrphanSweep>();
        services.AddHostedService<JobHost>();
        services.AddHostedService<WorkerRow>();
        services.AddSingleton(RetentionOptions.From(configuration));
        services.AddHostedService<RetentionSweep>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ModelFolderImport>(provider, configuration["Mhim:Models"] ?? ""));
        return services;
    }

    static JobStorage StorageOf(DataOptions data)
    {
        if (data.Postgres is not { } postgres)
            return new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromHours(1) });
        var options = QueueOptions();
        using var alone = SchemaLock.Take(postgres);
        return new PostgreSqlStorage(new Hangfire.PostgreSql.Factories.NpgsqlConnectionFactory(postgres, options), options);
    }

    // Waiting workers are told at once; the interval is for what nobody told them. Our own rows know whose worker is lost; Hangfire's guess by time would only start
    // jobs twice. So a worker that lives says so for its job (sliding), however long that runs, and the time is long enough for a database that is away meanwhile.
    internal static PostgreSqlStorageOptions QueueOptions() => new()
    {
        QueuePollInterval = TimeSpan.FromSeconds(1), EnableLongPolling = true, InvisibilityTimeout = TimeSpan.FromDays(2), UseSlidingInvisibilityTimeout = true,
    };
}
