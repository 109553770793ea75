using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Uploads;

/// <summary>Removes uploads that do not go on, and looks at those whose last byte came just before the service was killed.</summary>
sealed class UploadSweep(IServiceScopeFactory scopes, BlobStore blobs, ILogger<UploadSweep> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        do
            try
            {
                await SweepAsync(DateTime.UtcNow, stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Uploads could not be swept: {Reason}", e.Message);
            }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>Does it once.</summary>
    internal async Task SweepAsync(DateTime now, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MhimContext>();
        foreach (var upload in await context.Uploads.AsNoTracking().Where(u => u.ExpiresAt <= now || u.State == UploadState.Receiving).ToListAsync(stopping))
        {
            var path = UploadEnd.PathOf(upload, blobs);
            var expired = upload.ExpiresAt <= now;
            if (!expired && UploadFile.OffsetOf(path) != upload.Length)
                continue;
            await using var file = UploadFile.TryOpen(path);
            if (file is null)
                continue; // at work
            if (expired)
            {
                await context.Uploads.Where(u => u.Id == upload.Id).ExecuteDeleteAsync(stopping);
                await blobs.DeleteAsync(BlobKeys.Upload(upload.Id), CancellationToken.None);
            }
            else if (await context.Uploads.AsNoTracking().AnyAsync(u => u.Id == upload.Id && u.State == UploadState.Receiving, stopping))
                await scope.ServiceProvider.GetRequiredService<UploadEnd>().FinishAsync(upload, file, null, stopping);
        }
    }
}
