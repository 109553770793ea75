using System.Globalization;
using System.Security.Cryptography;
using Mhim.Features;

namespace Mhim.Api.Uploads;

/// <summary>What a piece of an upload must hash to.</summary>
/// <param name="Algorithm">SHA-1 or SHA-256.</param>
/// <param name="Hash">The hash.</param>
sealed record PieceChecksum(HashAlgorithmName Algorithm, byte[] Hash)
{
    /// <summary>Algorithms by their names in the protocol.</summary>
    public const string Names = "sha1,sha256";

    /// <summary>Reads <c>Upload-Checksum: ALGORITHM BASE64</c>; null for no header.</summary>
    /// <exception cref="InputException"><c>request-unreadable</c>.</exception>
    public static PieceChecksum? Parse(string header)
    {
        if (header.Length == 0)
            return null;
        var words = header.Split(' ');
        var (algorithm, length) = words[0] switch { "sha1" => (HashAlgorithmName.SHA1, 20), "sha256" => (HashAlgorithmName.SHA256, 32), _ => (default, 0) };
        var hash = new byte[48];
        if (words.Length != 2 || length == 0 || !Convert.TryFromBase64String(words[1], hash, out var written) || written != length)
            throw new InputException("request-unreadable", $"'Upload-Checksum' is one of {Names}, a space, and the hash in base64.");
        return new PieceChecksum(algorithm, hash[..length]);
    }
}

/// <summary>How a piece was received.</summary>
enum PieceEnd
{
    /// <summary>All that the client sent, or all that was missing, is there.</summary>
    Received,

    /// <summary>It hashes to something else and was thrown away.</summary>
    ChecksumMismatch,

    /// <summary>The client sent more than was missing; the piece was thrown away.</summary>
    TooLong,
}

/// <summary>
/// The file of an upload, held by one request at a time, over all processes that share the disk. Its length is the offset, so whatever the system has of it
/// outlives this process; a piece with a checksum counts only once it is verified, which a mark beside the file sees to.
/// </summary>
sealed class UploadFile : IAsyncDisposable
{
    readonly FileStream hold, file;
    readonly string mark;

    UploadFile(FileStream hold, FileStream file, string mark) => (this.hold, this.file, this.mark) = (hold, file, mark);

    /// <summary>Bytes that are here for good.</summary>
    public long Offset => file.Length;

    /// <summary>Opens it for writing; null when another request has it.</summary>
    public static UploadFile? TryOpen(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        FileStream hold;
        try
        {
            // Beside the file and not the file itself, so that slide readers can open it while it is held.
            hold = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            return null;
        }
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.Asynchronous);
            if (ReadMark(path) is { } verified && verified < file.Length)
                file.SetLength(verified);
            File.Delete(MarkOf(path));
            return new UploadFile(hold, file, MarkOf(path));
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>How much has come, without holding the file; 0 for none.</summary>
    public static long OffsetOf(string path) => !File.Exists(path) ? 0 : Math.Min(ReadMark(path) ?? long.MaxValue, new FileInfo(path).Length);

    /// <summary>Adds a piece at the end, at constant memory.</summary>
    /// <param name="content">Read to its end.</param>
    /// <param name="length">Bytes that the whole file may have at most.</param>
    /// <param name="checksum">What the piece must hash to, if the client says so.</param>
    /// <param name="whole">Fed too, when the piece may be the whole file.</param>
    /// <param name="cancel">The client is gone: what has come stays, unless it wanted to be verified.</param>
    public async Task<PieceEnd> AppendAsync(Stream content, long length, PieceChecksum? checksum, IncrementalHash? whole, CancellationToken cancel)
    {
        var begin = file.Length;
        file.Position = begin;
        using var hash = checksum is null ? null : IncrementalHash.CreateHash(checksum.Algorithm);
        if (checksum is not null)
            File.WriteAllText(mark, begin.ToString(CultureInfo.InvariantCulture));
        var complete = false;
        try
        {
            var buffer = new byte[1 << 18];
            int read;
            while ((read = await content.ReadAsync(buffer, cancel)) > 0)
            {
                if (file.Position + read > length)
                    return PieceEnd.TooLong;
                hash?.AppendData(buffer, 0, read);
                whole?.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
            }
            complete = hash is null || hash.GetHashAndReset().AsSpan().SequenceEqual(checksum!.Hash);
            return complete ? PieceEnd.Received : PieceEnd.ChecksumMismatch;
        }
        catch (Exception e) when (checksum is null && e is OperationCanceledException or IOException)
        {
            complete = true; // cut: the part that came is as good as any
            throw;
        }
        finally
        {
            if (!complete)
                file.SetLength(begin);
            file.Flush(flushToDisk: true);
            File.Delete(mark);
        }
    }

    /// <summary>SHA-256 of all that came, read in a stream.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancel)
    {
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 17, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel));
    }

    /// <summary>Closes the content but keeps the hold.</summary>
    public ValueTask CloseAsync() => file.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        await hold.DisposeAsync();
    }

    static string MarkOf(string path) => Path.Combine(Path.GetDirectoryName(path)!, "verified");

    static long? ReadMark(string path)
    {
        try
        {
            return long.TryParse(File.ReadAllText(MarkOf(path)), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : 0;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
