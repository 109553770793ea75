using System.Security.Cryptography;
using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Api.Slides;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Uploads;

/// <summary>Files in pieces, by the tus protocol 1.0 (tus.io/protocols/resumable-upload): creation, creation-with-upload, creation-defer-length, termination, checksum, expiration.</summary>
static class UploadsApi
{
    const string Piece = "application/offset+octet-stream";

    public static void MapUploads(this RouteGroupBuilder api)
    {
        var uploads = api.MapGroup("/uploads").WithTags("Uploads");
        var tus = uploads.MapGroup("").AddEndpointFilter(TusHeaders.CheckAsync);
        uploads.MapMethods("/", ["OPTIONS"], TusHeaders.Describe).WithSummary("What of tus is offered here");
        tus.MapPost("/", CreateAsync).WithMetadata(new DisableRequestSizeLimitAttribute(), new Creates())
            .WithSummary("Begin an upload (tus). Upload-Metadata: filename, and where wanted name (the slide id of label tables), mpp, encoder and anyStain");
        tus.MapMethods("/{id:guid}", ["HEAD"], OffsetAsync).WithSummary("How much has come (tus)");
        tus.MapPatch("/{id:guid}", AppendAsync).WithMetadata(new DisableRequestSizeLimitAttribute(), new AuditedOnce())
            .WithSummary("The next piece (tus); with the last one the file is looked at and becomes a slide");
        tus.MapDelete("/{id:guid}", EndAsync).WithSummary("Give an upload up (tus)");
        uploads.MapGet("/{id:guid}", GetAsync).WithSummary("What became of an upload");
    }

    static async Task<IResult> CreateAsync(HttpContext http, MhimContext context, BlobStore blobs, UploadOptions options, UploadEnd end, IHostApplicationLifetime life)
    {
        var request = http.Request;
        var (length, refusal) = await UploadLength.OfBeginningAsync(request, context, blobs, options);
        if (refusal is not null)
            return refusal;
        if (TusHeaders.Metadata(request) is not { } metadata)
            return Unreadable("'Upload-Metadata' is pairs of a word and a base64 text, joined by commas.");
        TusHeaders.Check(metadata);
        var upload = new Upload
        {
            Owner = http.User.Id()!, Length = length, ExpiresAt = DateTime.UtcNow + options.Keep,
            FileName = MultipartUpload.FileNameOf(metadata.GetValueOrDefault("filename", "")), Mpp = SlideUpload.MppOf(metadata.GetValueOrDefault("mpp")),
            EncoderId = SlideUpload.EncoderOf(metadata.GetValueOrDefault("encoder")), AnyStain = SlideUpload.AnyStainOf(metadata.GetValueOrDefault("anyStain")),
        };
        if (metadata.GetValueOrDefault("name") is { Length: > 0 } name)
            upload.Name = SlideUpload.NameOf(name, upload.FileName);
        context.Uploads.Add(upload);
        await context.SaveChangesAsync(http.RequestAborted);
        UploadRoom.Begin(upload, blobs);
        http.Response.Headers.Location = $"/api/v1/uploads/{upload.Id}";
        if (request.ContentType == Piece || length == 0)
            return await ReceiveAsync(http, upload, 0, StatusCodes.Status201Created, context, blobs, options, end, life);
        TusHeaders.Say(http.Response, upload, 0);
        return TypedResults.StatusCode(StatusCodes.Status201Created);
    }

    static async Task<IResult> AppendAsync(
        Guid id, HttpContext http, MhimContext context, BlobStore blobs, UploadOptions options, UploadEnd end, IHostApplicationLifetime life)
    {
        if (http.Request.ContentType != Piece)
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "media-type", $"Pieces are sent as {Piece}.");
        if (TusHeaders.Number(http.Request, "Upload-Offset") is not { } offset)
            return Unreadable("'Upload-Offset' says where the piece begins, in bytes.");
        if (await FindAsync(id, http, context) is not { } upload)
            return Problems.NotFound("upload", id);
        return Gone(upload) ?? await ReceiveAsync(http, upload, offset, StatusCodes.Status204NoContent, context, blobs, options, end, life);
    }

    static async Task<IResult> OffsetAsync(Guid id, HttpContext http, MhimContext context, BlobStore blobs, UploadEnd end, IHostApplicationLifetime life)
    {
        if (await FindAsync(id, http, context) is not { } upload)
            return TypedResults.StatusCode(StatusCodes.Status404NotFound);
        if (upload.State == UploadState.Receiving && UploadEnd.IsWhole(upload, blobs))
        {
            // Its last byte came, but nobody was there any more to look at it.
            await using var file = UploadFile.TryOpen(UploadEnd.PathOf(upload, blobs));
            if (file is null)
                return TypedResults.StatusCode(StatusCodes.Status423Locked);
            await end.FinishAsync(upload, file, null, life.ApplicationStopping);
        }
        if (Gone(upload) is not null)
            return TypedResults.StatusCode(StatusCodes.Status410Gone);
        TusHeaders.Say(http.Response, upload, OffsetOf(upload, blobs));
        UploadLength.Say(http.Response, upload);
        return TypedResults.StatusCode(StatusCodes.Status200OK);
    }

    static async Task<IResult> EndAsync(Guid id, HttpContext http, MhimContext context, BlobStore blobs)
    {
        if (await FindAsync(id, http, context) is not { } upload)
            return Problems.NotFound("upload", id);
        await using var file = UploadFile.TryOpen(UploadEnd.PathOf(upload, blobs));
        if (file is null)
            return Locked();
        await context.Uploads.Where(u => u.Id == id).ExecuteDeleteAsync(http.RequestAborted);
        await blobs.DeleteAsync(BlobKeys.Upload(id), CancellationToken.None);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<UploadDto>, ProblemHttpResult>> GetAsync(Guid id, HttpContext http, MhimContext context, BlobStore blobs) =>
        await FindAsync(id, http, context) is { } upload ? TypedResults.Ok(UploadDto.Of(upload, OffsetOf(upload, blobs))) : Problems.NotFound("upload", id);

    static async Task<IResult> ReceiveAsync(
        HttpContext http, Upload upload, long offset, int done, MhimContext context, BlobStore blobs, UploadOptions options, UploadEnd end, IHostApplicationLifetime life)
    {
        var checksum = PieceChecksum.Parse(http.Request.Headers["Upload-Checksum"].ToString());
        await using var file = UploadFile.TryOpen(UploadEnd.PathOf(upload, blobs));
        if (file is null)
            return Locked();
        // Whoever held it before may have finished it.
        upload = await context.Uploads.AsNoTracking().SingleOrDefaultAsync(u => u.Id == upload.Id) ?? upload;
        if (UploadEnd.WasMoved(upload, blobs))
            await end.FinishAsync(upload, file, null, life.ApplicationStopping);
        if (upload.State != UploadState.Receiving)
            return Gone(upload) ?? (offset == upload.Length ? Said(http, upload, upload.Length, done) : WrongOffset(upload.Length));
        if (offset != file.Offset)
            return WrongOffset(file.Offset);
        if (await UploadLength.TellAsync(upload, offset, http.Request, context, blobs, options) is { } refusal)
            return refusal;
        var most = await UploadLength.MostAsync(upload, offset, context, blobs, options);
        using var whole = offset == 0 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        switch (await file.AppendAsync(http.Request.Body, most, checksum, whole, http.RequestAborted))
        {
            case PieceEnd.ChecksumMismatch:
                return Problems.Of(460, "checksum-mismatch", "The piece arrived as something else than was sent; send it again.");
            case PieceEnd.TooLong:
                return UploadLength.TooLong(upload, most, options);
        }
        upload.ExpiresAt = DateTime.UtcNow + options.Keep;
        await context.Uploads.Where(u => u.Id == upload.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.ExpiresAt, upload.ExpiresAt));
        var now = file.Offset;
        if (now == upload.Length)
            await end.FinishAsync(upload, file, whole, life.ApplicationStopping);
        if (upload.SlideId is { } slide)
            http.Features.Set(new AuditNote($"/api/v1/slides/{slide}"));
        return Gone(upload) ?? Said(http, upload, now, done);
    }

    static IResult Said(HttpContext http, Upload upload, long offset, int status)
    {
        TusHeaders.Say(http.Response, upload, offset);
        if (upload.SlideId is { } slide)
            http.Response.Headers["Mhim-Slide"] = slide.ToString();
        return TypedResults.StatusCode(status);
    }

    // Whose it is not, for them it is not there.
    static Task<Upload?> FindAsync(Guid id, HttpContext http, MhimContext context)
    {
        var owner = http.User.Id();
        return context.Uploads.AsNoTracking().SingleOrDefaultAsync(u => u.Id == id && u.Owner == owner, http.RequestAborted);
    }

    static long OffsetOf(Upload upload, BlobStore blobs) =>
        upload.State != UploadState.Receiving || UploadEnd.WasMoved(upload, blobs) ? upload.Length : UploadFile.OffsetOf(UploadEnd.PathOf(upload, blobs));

    static ProblemHttpResult? Gone(Upload upload) =>
        upload.State == UploadState.Refused ? Problems.Of(new Features.InputException(upload.ProblemCode!, upload.Problem!))
        : upload.ExpiresAt <= DateTime.UtcNow ? Problems.Of(StatusCodes.Status410Gone, "upload-expired", "The upload did not go on for too long and is gone; begin anew.")
        : null;

    static ProblemHttpResult Unreadable(string sentence) => Problems.Of(StatusCodes.Status400BadRequest, "request-unreadable", sentence);

    static ProblemHttpResult Locked() => Problems.Of(StatusCodes.Status423Locked, "upload-busy", "Another request is at this upload; ask again when it has ended.");

    static ProblemHttpResult WrongOffset(long offset) => Problems.Of(StatusCodes.Status409Conflict, "upload-offset", $"The next byte wanted is {offset}; ask with HEAD where to go on.");
}
