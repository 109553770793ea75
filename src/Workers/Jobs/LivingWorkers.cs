using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Jobs;

/// <summary>Worker processes that live: their rows (<see cref="WorkerRow"/>) were touched within a lease.</summary>
public static class LivingWorkers
{
    /// <summary>Those of them.</summary>
    /// <param name="workers">Rows.</param>
    /// <param name="options">Say how long a lease is.</param>
    public static IQueryable<Worker> Living(this IQueryable<Worker> workers, WorkerOptions options)
    {
        var since = Since(options);
        return workers.Where(w => w.SeenAt >= since);
    }

    /// <summary>Who was seen then or later lives, UTC.</summary>
    /// <param name="options">Say how long a lease is.</param>
    public static DateTime Since(WorkerOptions options) => DateTime.UtcNow.AddSeconds(-options.LeaseSeconds);

    /// <summary>How many work on each queue; every queue is there.</summary>
    /// <param name="workers">Rows.</param>
    /// <param name="cancel">Ends the question.</param>
    public static async Task<IReadOnlyList<(string Queue, int Count)>> CountByQueueAsync(this IQueryable<Worker> workers, CancellationToken cancel)
    {
        var queues = (await workers.Select(w => w.Queues).ToListAsync(cancel)).SelectMany(q => q.Split(',')).ToLookup(q => q);
        return [.. JobQueues.All.Select(queue => (queue, queues[queue].Count()))];
    }
}
