using System.Text.Json;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mhim.Api.Operations;

/// <summary>The database answers.</summary>
sealed class DatabaseCheck(MhimContext context) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext _, CancellationToken cancel)
    {
        await context.Jobs.AnyAsync(cancel);
        return HealthCheckResult.Healthy("answers");
    }
}

/// <summary>Blobs can be written, and there is room for more.</summary>
sealed class BlobsCheck(BlobStore blobs) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext _, CancellationToken cancel)
    {
        using (await blobs.ReceiveAsync(Stream.Null, "", cancel))
        {
        }
        await blobs.CheckAsync(cancel);
        return blobs.FreeBytes() < UploadOptions.Reserve
            ? HealthCheckResult.Degraded("nearly full: uploads and jobs are refused") : HealthCheckResult.Healthy("can be written");
    }
}

/// <summary>The queue answers.</summary>
sealed class QueueCheck(IJobQueue queue) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext _, CancellationToken cancel)
    {
        queue.Count(JobQueues.Tiling);
        return Task.FromResult(HealthCheckResult.Healthy("answers"));
    }
}

/// <summary>Somebody works on every queue. Without, the service still takes uploads and requests, so it is ready all the same, and says so.</summary>
sealed class WorkersCheck(MhimContext context, WorkerOptions options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext _, CancellationToken cancel)
    {
        var living = await context.Workers.Living(options).CountByQueueAsync(cancel);
        var text = string.Join(", ", living.Select(queue => $"{queue.Queue}: {queue.Count}"));
        return living.All(queue => queue.Count > 0) ? HealthCheckResult.Healthy(text) : HealthCheckResult.Degraded(text);
    }
}

/// <summary>The two questions of whoever runs containers: is it alive, and can it do its work.</summary>
static class HealthRoutes
{
    public static IHealthChecksBuilder AddMhimHealth(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<DatabaseCheck>("database", timeout: TimeSpan.FromSeconds(5))
        .AddCheck<BlobsCheck>("blobs", timeout: TimeSpan.FromSeconds(5))
        .AddCheck<QueueCheck>("queue", timeout: TimeSpan.FromSeconds(5))
        .AddCheck<WorkersCheck>("workers", timeout: TimeSpan.FromSeconds(5));

    public static void MapHealth(this IEndpointRouteBuilder open)
    {
        open.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        open.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    // Anybody may ask, so what went wrong inside stands in the log and not here.
    static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            status = Word(report.Status),
            checks = report.Entries.ToDictionary(entry => entry.Key,
                entry => new { status = Word(entry.Value.Status), text = entry.Value.Status == HealthStatus.Unhealthy ? "does not answer; the log says why" : entry.Value.Description }),
        }));
    }

    static string Word(HealthStatus status) => status.ToString().ToLowerInvariant();
}
