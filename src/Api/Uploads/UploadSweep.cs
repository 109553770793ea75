using System.Collections.Concurrent;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Uploads;

/// <summary>Removes uploads that do not go on, and looks at those whose last byte came just before the service was killed.</summary>
sealed class UploadSweep(IServiceScopeFactory scopes, BlobStore blobs, ILogger<UploadSweep> log) : BackgroundService
{
    /// <summary>How often an upload is looked at that cannot be looked at.</summary>
    internal const int MostTries = 5;

    readonly ConcurrentDictionary<Guid, (int Count, DateTime Next)> failures = [];

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

    /// <summary>Does it once. What goes wrong with one upload is no matter of the others.</summary>
    internal async Task SweepAsync(DateTime now, CancellationToken stopping)
    {
        List<Upload> uploads;
        await using (var scope = scopes.CreateAsyncScope())
            uploads = await scope.ServiceProvider.GetRequiredService<MhimContext>().Uploads.AsNoTracking()
                .Where(u => u.ExpiresAt <= now || u.State == UploadState.Receiving).ToListAsync(stopping);
        foreach (var gone in failures.Keys.Except(uploads.Select(u => u.Id)).ToList())
            failures.TryRemove(gone, out _);
        foreach (var upload in uploads.Where(u => !failures.TryGetValue(u.Id, out var failed) || failed.Next <= now))
            try
            {
                await SweepAsync(upload, now, stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning(e, "Upload {UploadId} could not be swept: {Reason}", upload.Id, e.Message);
                // What is away or full is no fault of the file.
                if (!DatabaseAway.Is(e) && e is not BlobsAwayException)
                    await FailedAsync(upload, now, forgiven: DiskFull.Is(e), stopping);
            }
    }

    async Task SweepAsync(Upload upload, DateTime now, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MhimContext>();
        var path = UploadEnd.PathOf(upload, blobs);
        var expired = upload.ExpiresAt <= now;
        if (!expired && !UploadEnd.IsWhole(upload, blobs))
            return;
        await using var file = UploadFile.TryOpen(path);
        if (file is null)
            return; // at work
        if (expired)
        {
            // Files first: an expired row without files promises nothing, and what could not be removed is tried again.
            await blobs.DeleteAsync(BlobKeys.Upload(upload.Id), CancellationToken.None);
            await context.Uploads.Where(u => u.Id == upload.Id).ExecuteDeleteAsync(stopping);
        }
        else if (await context.Uploads.AsNoTracking().AnyAsync(u => u.Id == upload.Id && u.State == UploadState.Receiving, stopping))
            await scope.ServiceProvider.GetRequiredService<UploadEnd>().FinishAsync(upload, file, null, stopping);
    }

    // Each try reads the whole file, so the next one waits twice as long; a file that nothing can be made of is not tried for ever.
    async Task FailedAsync(Upload upload, DateTime now, bool forgiven, CancellationToken stopping)
    {
        var count = failures.GetValueOrDefault(upload.Id).Count + 1;
        failures[upload.Id] = (count, now + TimeSpan.FromMinutes(Math.Min(60, 1 << Math.Min(count - 1, 6))));
        if (forgiven || count < MostTries || upload.ExpiresAt <= now)
            return;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<MhimContext>().Uploads.Where(u => u.Id == upload.Id && u.State == UploadState.Receiving).ExecuteUpdateAsync(set => set
                .SetProperty(u => u.State, UploadState.Refused).SetProperty(u => u.ProblemCode, "upload-failed")
                .SetProperty(u => u.Problem, $"The service could not look at this file, tried {MostTries} times; the log says why. Tell the administrator, or send it again."), stopping);
            await blobs.DeleteAsync(BlobKeys.Upload(upload.Id), CancellationToken.None);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning(e, "Upload {UploadId} could not be refused: {Reason}", upload.Id, e.Message);
        }
    }
}
