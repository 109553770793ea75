using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Mhim.Data.Tests.Postgres;
using Mhim.Workers.Jobs;

namespace Mhim.Workers.Tests.Jobs;

public sealed class PostgresQueueTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    [Fact]
    public async Task A_job_that_runs_on_is_not_given_to_another_worker_however_long_it_takes()
    {
        var options = WorkerServices.QueueOptions();
        options.InvisibilityTimeout /= 14_400; // two days in twelve seconds; a worker says five times meanwhile that it lives, and has to get to that
        var storage = new PostgreSqlStorage(new NpgsqlConnectionFactory(cluster.ConnectionString, options), options);
        using var workers = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = 2, CancellationCheckInterval = TimeSpan.FromSeconds(1) }, storage);
        new BackgroundJobClient(storage).Enqueue(() => LongWork.DoAsync(CancellationToken.None));
        for (var end = DateTime.UtcNow.AddMinutes(10); LongWork.Ended == 0 && DateTime.UtcNow < end;)
            await Task.Delay(100);
        Assert.Equal((1, 1), (LongWork.Begun, LongWork.Ended));
    }
}

/// <summary>Work that takes longer than a worker is waited for that was lost.</summary>
public static class LongWork
{
    static int begun, ended;

    public static int Begun => Volatile.Read(ref begun);

    public static int Ended => Volatile.Read(ref ended);

    public static async Task DoAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref begun);
        await Task.Delay(TimeSpan.FromSeconds(24), cancel);
        Interlocked.Increment(ref ended);
    }
}
