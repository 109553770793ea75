using System.Globalization;
using Mhim.Api.Hosting;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Uploads;

/// <summary>How long an upload is to be: told when it begins, or later with a piece (Upload-Defer-Length), once.</summary>
static class UploadLength
{
    const string Header = "Upload-Length";
    const string Deferred = "Upload-Defer-Length";

    /// <summary>What the request that begins an upload says.</summary>
    /// <returns>Bytes, or <see cref="Upload.LengthUnknown"/>; or why not.</returns>
    public static async Task<(long Length, ProblemHttpResult? Refusal)> OfBeginningAsync(HttpRequest request, MhimContext context, BlobStore blobs, UploadOptions options)
    {
        var (length, deferred) = (TusHeaders.Number(request, Header), request.Headers[Deferred].ToString());
        var room = await UploadRoom.LeftAsync(context, blobs);
        if (deferred == "1" && !request.Headers.ContainsKey(Header))
            return (Upload.LengthUnknown, RefusalOf(0, room, options));
        return deferred.Length == 0 && length is { } told ? (told, RefusalOf(told, room, options))
            : (0, Unreadable($"'{Header}' is the size of the file in bytes; who does not know it yet sends '{Deferred}: 1' instead."));
    }

    /// <summary>Takes the length that a piece tells, if it tells one, into the upload and its row.</summary>
    /// <param name="upload">As its row is; the caller holds its file.</param>
    /// <param name="offset">Bytes that have come.</param>
    /// <param name="request">Of the piece.</param>
    /// <param name="context">Of the row.</param>
    /// <param name="blobs">Where there must be room.</param>
    /// <param name="options">What is allowed.</param>
    /// <returns>Why not.</returns>
    public static async Task<ProblemHttpResult?> TellAsync(Upload upload, long offset, HttpRequest request, MhimContext context, BlobStore blobs, UploadOptions options)
    {
        if (!request.Headers.ContainsKey(Header))
            return null;
        if (TusHeaders.Number(request, Header) is not { } length)
            return Unreadable($"'{Header}' is the size of the file in bytes.");
        if (upload.Length != Upload.LengthUnknown)
            return length == upload.Length ? null : Unreadable($"'{Header}' was told before: {upload.Length}; it does not change.");
        if (length < offset)
            return Unreadable($"'{Header}' is less than what has come already, {offset} bytes.");
        if (RefusalOf(length, offset + await UploadRoom.LeftAsync(context, blobs, upload.Id), options) is { } refusal)
            return refusal;
        upload.Length = length;
        await context.Uploads.Where(u => u.Id == upload.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.Length, length));
        return null;
    }

    /// <summary>Where a piece may end at most.</summary>
    public static async Task<long> MostAsync(Upload upload, long offset, MhimContext context, BlobStore blobs, UploadOptions options) =>
        upload.Length != Upload.LengthUnknown ? upload.Length : Math.Min(options.Largest, offset + Math.Max(0, await UploadRoom.LeftAsync(context, blobs, upload.Id)));

    /// <summary>Why a piece that goes on behind <see cref="MostAsync"/> is refused.</summary>
    public static ProblemHttpResult TooLong(Upload upload, long most, UploadOptions options) =>
        upload.Length != Upload.LengthUnknown ? Problems.Of(StatusCodes.Status413PayloadTooLarge, "too-large", $"More was sent than '{Header}' said.")
        : most == options.Largest ? TooLarge(options) : Problems.DiskIsFull();

    /// <summary>Says it to who asks for it.</summary>
    public static void Say(HttpResponse response, Upload upload)
    {
        if (upload.Length == Upload.LengthUnknown)
            response.Headers[Deferred] = "1";
        else
            response.Headers[Header] = upload.Length.ToString(CultureInfo.InvariantCulture);
    }

    static ProblemHttpResult? RefusalOf(long length, long room, UploadOptions options) =>
        length > options.Largest ? TooLarge(options) : room < length ? Problems.DiskIsFull() : null;

    static ProblemHttpResult TooLarge(UploadOptions options) =>
        Problems.Of(StatusCodes.Status413PayloadTooLarge, "too-large", $"Files are at most {options.Largest} bytes here.");

    static ProblemHttpResult Unreadable(string sentence) => Problems.Of(StatusCodes.Status400BadRequest, "request-unreadable", sentence);
}
