using System.Security.Cryptography;
using Mhim.Api.Slides;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Uploads;

/// <summary>What becomes of an upload whose last byte has come: a slide, or a reason why not. Until then no slide reader has seen it and nobody can fetch it.</summary>
sealed class UploadEnd(MhimContext context, BlobStore blobs, SlideUpload slides)
{
    /// <summary>Where the content of an upload lies.</summary>
    public static string PathOf(Upload upload, BlobStore blobs) =>
        blobs.PathOf(BlobKeys.UploadFile(upload.Id, BlobStore.SafeExtension(Path.GetExtension(upload.FileName))));

    /// <summary>Whether all of it has come, so that it can be looked at.</summary>
    public static bool IsWhole(Upload upload, BlobStore blobs) =>
        upload.Length != Upload.LengthUnknown && (UploadFile.OffsetOf(PathOf(upload, blobs)) == upload.Length || WasMoved(upload, blobs));

    /// <summary>Whether its content lies where it lies as a slide: the database or the process went away before the row could say so. An upload's slide has its id.</summary>
    public static bool WasMoved(Upload upload, BlobStore blobs) => upload.State == UploadState.Receiving && File.Exists(blobs.PathOf(SlideKeyOf(upload)));

    static string SlideKeyOf(Upload upload) => BlobKeys.SlideFile(upload.Id, BlobStore.SafeExtension(Path.GetExtension(upload.FileName)));

    /// <summary>Looks at it and keeps what came of it in its row.</summary>
    /// <param name="upload">A row of this context, complete and not looked at.</param>
    /// <param name="file">Held by the caller.</param>
    /// <param name="whole">SHA-256 over all of it, where it was made on the way; null: it is read once more.</param>
    /// <param name="stopping">Not the client's cancellation: it may be gone.</param>
    public async Task FinishAsync(Upload upload, UploadFile file, IncrementalHash? whole, CancellationToken stopping)
    {
        await file.CloseAsync();
        var content = PathOf(upload, blobs);
        try
        {
            if (await context.Slides.AnyAsync(s => s.Id == upload.Id, stopping))
                (upload.State, upload.SlideId) = (UploadState.Accepted, upload.Id);
            else
            {
                if (WasMoved(upload, blobs))
                    File.Move(blobs.PathOf(SlideKeyOf(upload)), content, overwrite: true);
                var sha256 = whole is null ? await UploadFile.HashAsync(content, stopping) : Convert.ToHexStringLower(whole.GetHashAndReset());
                var said = new SlideStatements(upload.Name, upload.Mpp, upload.EncoderId, upload.AnyStain);
                var (slide, _) = await slides.AcceptAsync(new IncomingBlob(content, sha256, upload.Length), upload.FileName, said, stopping, upload.Id);
                (upload.State, upload.SlideId) = (UploadState.Accepted, slide.Id);
            }
        }
        catch (InputException e)
        {
            (upload.State, upload.ProblemCode, upload.Problem) = (UploadState.Refused, e.Code, e.Message);
        }
        context.ChangeTracker.Clear();
        context.Uploads.Update(upload);
        await context.SaveChangesAsync(stopping);
        await blobs.DeleteAsync(BlobKeys.Upload(upload.Id), CancellationToken.None);
    }
}
