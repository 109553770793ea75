using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mhim.Api.Hosting;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Mhim.Api.Uploads;

/// <summary>A file of a multipart form, received outside of every key.</summary>
/// <param name="Part">Name of the form's field.</param>
/// <param name="FileName">What the client calls it, without any folder; for display and for its extension only.</param>
/// <param name="Blob">Where it lies for now.</param>
sealed record UploadedFile(string Part, string FileName, IncomingBlob Blob);

/// <summary>Reads a multipart form of any length, streaming its files to disk. Disposing removes the files that nobody accepted.</summary>
sealed class MultipartUpload : IDisposable
{
    const int LongestField = 2000;
    const int MostParts = 20;

    // The reader's own 4 KB would become as many writes to the disk.
    const int PieceBytes = 1 << 17;

    public List<UploadedFile> Files { get; } = [];

    public Dictionary<string, string> Fields { get; } = [];

    /// <param name="request">With the form.</param>
    /// <param name="blobs">Where its files go.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <param name="largest">Bytes that a file may have at most.</param>
    /// <param name="room">Bytes that the disk has for all of them.</param>
    /// <exception cref="InputException"><c>request-unreadable</c>.</exception>
    /// <exception cref="IOException"><see cref="DiskFull"/>: there is more than <paramref name="room"/>.</exception>
    public static async Task<MultipartUpload> ReadAsync(
        HttpRequest request, BlobStore blobs, CancellationToken cancel, long largest = long.MaxValue, long room = long.MaxValue)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 100 } boundary)
            throw Unreadable("Send a form (multipart/form-data), for example with curl -F file=@slide.svs.");
        var upload = new MultipartUpload();
        try
        {
            var reader = new MultipartReader(boundary.Value!, request.Body, PieceBytes);
            for (var count = 0; await reader.ReadNextSectionAsync(cancel) is { } section; count++)
            {
                if (count == MostParts)
                    throw Unreadable($"The form has more than {MostParts} parts.");
                await upload.AddAsync(section, blobs, largest, room, cancel);
            }
            request.HttpContext.Features.Set(new FormHash(upload.Hash()));
            return upload;
        }
        catch (Exception e)
        {
            upload.Dispose();
            // The reader's ways to say that the form is cut off or malformed; a full disk is an IOException too and is no fault of the client.
            if (e is InvalidDataException || (e.GetType() == typeof(IOException) && e.Message.StartsWith("Unexpected end", StringComparison.Ordinal)))
                throw Unreadable("The form ends too early or is not well formed.");
            throw;
        }
    }

    string Hash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n',
        Fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => JsonSerializer.Serialize((string[])[f.Key, f.Value]))
            .Concat(Files.Select(f => JsonSerializer.Serialize((string[])[f.Part, f.FileName, f.Blob.Sha256])))))));

    public void Dispose()
    {
        foreach (var file in Files)
            file.Blob.Dispose();
    }

    async Task AddAsync(MultipartSection section, BlobStore blobs, long largest, long room, CancellationToken cancel)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
            || HeaderUtilities.RemoveQuotes(disposition.Name).Value is not { Length: > 0 and < 100 } name)
            throw Unreadable("A part of the form has no name.");
        if (!disposition.IsFileDisposition())
        {
            using var text = new MemoryStream();
            var buffer = new byte[LongestField + 1];
            var length = await section.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
            if (length > LongestField)
                throw Unreadable($"The field '{name}' is too long.");
            if (!Fields.TryAdd(name, Encoding.UTF8.GetString(buffer, 0, length).Trim()))
                throw Unreadable($"The field '{name}' is there twice.");
            return;
        }
        var given = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "";
        var fileName = FileNameOf(given);
        room -= Files.Sum(file => file.Blob.Size);
        try
        {
            Files.Add(new UploadedFile(name, fileName, await blobs.ReceiveAsync(section.Body, Path.GetExtension(fileName), cancel, Math.Min(largest, room))));
        }
        catch (InvalidDataException e) when (e.Message.StartsWith("The file is longer", StringComparison.Ordinal))
        {
            if (room < largest)
                throw DiskFull.Error($"There is no room for '{fileName}'.");
            throw new BadHttpRequestException($"'{fileName}' is larger than {largest} bytes.", StatusCodes.Status413PayloadTooLarge);
        }
    }

    /// <summary>What a client calls a file, without folders and control characters.</summary>
    /// <exception cref="InputException"><c>request-unreadable</c>.</exception>
    public static string FileNameOf(string given)
    {
        var name = new string([.. given[(given.LastIndexOfAny(['/', '\\']) + 1)..].Where(c => !char.IsControl(c))]).Trim();
        return name.Length is > 0 and <= 255 ? name : throw Unreadable("A file has no name, or one of more than 255 letters.");
    }

    static InputException Unreadable(string sentence) => new("request-unreadable", sentence);
}
