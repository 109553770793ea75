using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Uploads;

/// <summary>The room that the disk has for uploads, less what has been promised to those that are still coming.</summary>
static class UploadRoom
{
    /// <summary>Makes the folder of an upload that begins: by it the upload counts as coming to this disk.</summary>
    public static void Begin(Upload upload, BlobStore blobs) => Directory.CreateDirectory(blobs.PathOf(BlobKeys.Upload(upload.Id)));

    /// <summary>Bytes that may still be taken; below 0 when there is less than enough already.</summary>
    /// <param name="context">The rows.</param>
    /// <param name="blobs">The disk.</param>
    /// <param name="but">The upload that asks.</param>
    public static async Task<long> LeftAsync(MhimContext context, BlobStore blobs, Guid but = default)
    {
        var now = DateTime.UtcNow;
        var coming = await context.Uploads.AsNoTracking().Where(u => u.State == UploadState.Receiving && u.Length > 0 && u.ExpiresAt > now && u.Id != but).ToListAsync();
        // With several services, uploads may lie on the disks of others.
        return blobs.FreeBytes() - UploadOptions.Reserve - coming.Where(u => Directory.Exists(blobs.PathOf(BlobKeys.Upload(u.Id))))
            .Sum(u => Math.Max(0, u.Length - UploadFile.OffsetOf(UploadEnd.PathOf(u, blobs))));
    }
}
