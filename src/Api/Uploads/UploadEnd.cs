using System.Security.Cryptography;
using Mhim.Api.Slides;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;

namespace Mhim.Api.Uploads;

/// <summary>What becomes of an upload whose last byte has come: a slide, or a reason why not. Until then no slide reader has seen it and nobody can fetch it.</summary>
sealed class UploadEnd(MhimContext context, BlobStore blobs, SlideUpload slides)
{
    /// <summary>Where the content of an upload lies.</summary>
    public static string PathOf(Upload upload, BlobStore blobs) =>
        blobs.PathOf(BlobKeys.UploadFile(upload.Id, BlobStore.SafeExtension(Path.GetExtension(upload.FileName))));

    /// <summary>Looks at it and keeps what came of it in its row.</summary>
    /// <param name="upload">A row of this context, complete and not looked at.</param>
    /// <param name="file">Held by the caller.</param>
    /// <param name="whole">SHA-256 over all of it, where it was made on the way; null: it is read once more.</param>
    /// <param name="stopping">Not the client's cancellation: it may be gone.</param>
    public async Task FinishAsync(Upload upload, UploadFile file, IncrementalHash? whole, CancellationToken stopping)
    {
        var sha256 = whole is null ? await file.HashAsync(stopping) : Convert.ToHexStringLower(whole.GetHashAndReset());
        await file.CloseAsync();
        try
        {
            var blob = new IncomingBlob(PathOf(upload, blobs), sha256, upload.Length);
            var (slide, _) = await slides.AcceptAsync(blob, upload.FileName, new SlideStatements(upload.Name, upload.Mpp, upload.EncoderId, upload.AnyStain), stopping);
            (upload.State, upload.SlideId) = (UploadState.Accepted, slide.Id);
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
