using Hangfire;
using Hangfire.States;

namespace Mhim.Workers.Jobs;

/// <summary>Brings ids of ready jobs to workers: at least once, in any order. The rows say what is true.</summary>
public interface IJobQueue
{
    /// <summary>Announces a job.</summary>
    /// <param name="jobId">Id of a job row.</param>
    /// <param name="queue">Its queue.</param>
    void Enqueue(Guid jobId, string queue);

    /// <summary>How many announcements wait there for a worker.</summary>
    /// <param name="queue">A queue.</param>
    long Count(string queue);
}

/// <summary>Through Hangfire, in memory or in Postgres as its storage says.</summary>
/// <param name="storage">Where Hangfire keeps its queues.</param>
sealed class HangfireQueue(JobStorage storage) : IJobQueue
{
    readonly BackgroundJobClient client = new(storage);

    public void Enqueue(Guid jobId, string queue) =>
        client.Create(Hangfire.Common.Job.FromExpression<JobRunner>(runner => runner.RunTracedAsync(jobId, Traced, CancellationToken.None)), new EnqueuedState(queue));

    // The trace that the announcement belongs to goes with it.
    static string? Traced => System.Diagnostics.Activity.Current is { IdFormat: System.Diagnostics.ActivityIdFormat.W3C } activity ? activity.Id : null;

    public long Count(string queue) => storage.GetMonitoringApi().EnqueuedCount(queue);
}
