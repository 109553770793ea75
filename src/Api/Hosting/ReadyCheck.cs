using Mhim.Data;
using Mhim.Data.Blobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mhim.Api.Hosting;

/// <summary>Ready: the database answers and blobs can be written.</summary>
sealed class ReadyCheck(MhimContext context, BlobStore blobs) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext _, CancellationToken cancel)
    {
        try
        {
            await context.Jobs.AnyAsync(cancel);
            using var probe = await blobs.ReceiveAsync(Stream.Null, "", cancel);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy(e.Message, e);
        }
    }
}
