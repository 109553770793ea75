using System.Globalization;
using System.Text;
using Mhim.Api.Hosting;
using Mhim.Api.Slides;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Workers;

namespace Mhim.Api.Uploads;

/// <summary>The headers of tus 1.0.</summary>
static class TusHeaders
{
    const string Version = "1.0.0";
    const string Resumable = "Tus-Resumable";

    /// <summary>Refuses other versions, and says on every answer, whatever becomes of it, which one this is.</summary>
    public static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Response.Headers[Resumable] = Version; // now, for the answer that is kept; and at the end, as errors clear what was said before
        http.Response.OnStarting(() =>
        {
            http.Response.Headers[Resumable] = Version;
            return Task.CompletedTask;
        });
        if (http.Request.Headers[Resumable] == Version)
            return await next(context);
        http.Response.Headers["Tus-Version"] = Version;
        return Problems.Of(StatusCodes.Status412PreconditionFailed, "tus-version", $"'{Resumable}: {Version}' is wanted; a tus client sends it by itself.");
    }

    /// <summary>What is offered.</summary>
    public static IResult Describe(HttpResponse response, UploadOptions options)
    {
        var headers = response.Headers;
        headers[Resumable] = headers["Tus-Version"] = Version;
        headers["Tus-Extension"] = "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration";
        headers["Tus-Checksum-Algorithm"] = PieceChecksum.Names;
        headers["Tus-Max-Size"] = options.Largest.ToString(CultureInfo.InvariantCulture);
        return TypedResults.NoContent();
    }

    /// <summary>Where an upload stands.</summary>
    public static void Say(HttpResponse response, Upload upload, long offset)
    {
        response.Headers["Upload-Offset"] = offset.ToString(CultureInfo.InvariantCulture);
        response.Headers["Upload-Expires"] = upload.ExpiresAt.ToString("r", CultureInfo.InvariantCulture);
    }

    /// <summary>A whole number of a header; null for anything else.</summary>
    public static long? Number(HttpRequest request, string header) =>
        long.TryParse(request.Headers[header].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    // What clients say of a file by themselves (tus-js-client, Uppy, those in Python and Java), and what nothing here depends on.
    static readonly string[] OfClients = ["filename", "filetype", "type", "relativePath", "contentType", "content-type", "size", "lastModified", "fingerprint"];

    /// <summary>Refuses metadata that is not known: misspelt, it would be passed over in silence.</summary>
    /// <exception cref="InputException"><c>request-unreadable</c>.</exception>
    public static void Check(IReadOnlyDictionary<string, string> metadata)
    {
        var checks = new FieldChecks();
        checks.RequireKnown(metadata.Keys.Except(OfClients), ["filename", .. SlideUpload.Fields]);
        checks.ThrowIfAny();
    }

    /// <summary>Upload-Metadata; null when it cannot be read.</summary>
    public static Dictionary<string, string>? Metadata(HttpRequest request)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in request.Headers["Upload-Metadata"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = pair.Split(' ');
            var bytes = new byte[words.Length > 1 ? words[1].Length : 0];
            if (words.Length > 2 || !Convert.TryFromBase64String(words.Length > 1 ? words[1] : "", bytes, out var written))
                return null;
            found[words[0]] = Encoding.UTF8.GetString(bytes, 0, written);
        }
        return found;
    }
}

/// <summary>An upload in pieces.</summary>
/// <param name="Id">Its id.</param>
/// <param name="FileName">The name of the file.</param>
/// <param name="Length">Bytes in all; null as long as that has not been told.</param>
/// <param name="Offset">Bytes that have come.</param>
/// <param name="State">receiving, accepted (it is a slide) or refused.</param>
/// <param name="SlideId">The slide that it became.</param>
/// <param name="ProblemCode">Why it was refused: a stable word.</param>
/// <param name="Problem">The same as a sentence.</param>
/// <param name="ExpiresAt">When it is removed, UTC.</param>
public sealed record UploadDto(
    Guid Id, string FileName, long? Length, long Offset, UploadState State, Guid? SlideId, string? ProblemCode, string? Problem, DateTime ExpiresAt)
{
    /// <summary>What a row looks like outside.</summary>
    public static UploadDto Of(Upload u, long offset) => new(u.Id, u.FileName, u.Length == Upload.LengthUnknown ? null : u.Length, offset, u.State, u.SlideId, u.ProblemCode, u.Problem, u.ExpiresAt);
}
