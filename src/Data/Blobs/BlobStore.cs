using System.Security.Cryptography;

namespace Mhim.Data.Blobs;

/// <summary>
/// Files by key on a local or shared disk. A key is made by this program from ids, never from a client's words, and is checked all the
/// same: segments of letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, joined by <c>/</c>, none beginning with a dot. Files appear whole or not at all.
/// </summary>
/// <param name="root">The folder that holds everything; made when needed.</param>
public sealed class BlobStore(string root)
{
    readonly string root = Path.GetFullPath(root);

    string Incoming => Path.Combine(root, "incoming");

    /// <summary>Where a blob lies or will lie. Native readers want a path; whoever writes there writes beside it and renames.</summary>
    /// <exception cref="ArgumentException">The key is not one that this program makes.</exception>
    public string PathOf(string key)
    {
        var segments = key.Split('/');
        if (key.Length > 500 || segments[0] == "incoming" || !segments.All(IsSafe))
            throw new ArgumentException($"'{key}' is not a blob key.", nameof(key));
        return Path.Combine([root, .. segments]);
    }

    /// <summary>Whether a file lies there.</summary>
    public bool Exists(string key) => File.Exists(PathOf(key));

    /// <summary>Receives a stream of any length at constant memory, hashing it on the way, outside of every key until <see cref="Accept"/>.</summary>
    /// <param name="content">Read to its end.</param>
    /// <param name="extension">Kept at the end of the temporary name because some slide formats are told by it; anything unusual is dropped.</param>
    /// <param name="cancel">Leaves nothing behind when cancelled.</param>
    /// <param name="most">Bytes that are taken at most; what unpacks endlessly ends here.</param>
    /// <exception cref="InvalidDataException">The stream is longer than <paramref name="most"/>.</exception>
    public async Task<IncomingBlob> ReceiveAsync(Stream content, string extension, CancellationToken cancel, long most = long.MaxValue)
    {
        Directory.CreateDirectory(Incoming);
        var path = Path.Combine(Incoming, Guid.CreateVersion7().ToString("N") + SafeExtension(extension));
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size = 0;
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
            {
                var buffer = new byte[1 << 18];
                int read;
                while ((read = await content.ReadAsync(buffer, cancel)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancel);
                    if ((size += read) > most)
                        throw new InvalidDataException($"The file is longer than {most} bytes.");
                }
                file.Flush(flushToDisk: true);
            }
            return new IncomingBlob(path, Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Gives a received file its key, in one rename.</summary>
    public void Accept(IncomingBlob blob, string key)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(blob.Path, path, overwrite: true);
    }

    /// <summary>Gives a folder that was unpacked beside a received file its key, in one rename.</summary>
    /// <param name="folder">On the same disk as the blobs.</param>
    /// <param name="key">Nothing may lie there.</param>
    public void AcceptFolder(string folder, string key)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.Move(folder, path);
    }

    /// <summary>Removes a file, or a folder with all that is in it; nothing happens when there is none.</summary>
    public void Delete(string key)
    {
        var path = PathOf(key);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    /// <summary>The names directly under a key, in order; empty when there is no such folder.</summary>
    public IReadOnlyList<string> List(string key)
    {
        var path = PathOf(key);
        return Directory.Exists(path)
            ? [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Bytes that are free on the disk of the blobs.</summary>
    public long FreeBytes() => new DriveInfo(Directory.CreateDirectory(root).FullName).AvailableFreeSpace;

    /// <summary>Removes what killed uploads left.</summary>
    /// <param name="olderThan">Age that makes a received file a leftover; zero when no other process can be receiving.</param>
    public void SweepIncoming(TimeSpan olderThan)
    {
        if (!Directory.Exists(Incoming))
            return;
        var before = DateTime.UtcNow - olderThan;
        foreach (var file in Directory.EnumerateFiles(Incoming))
            if (File.GetLastWriteTimeUtc(file) <= before)
                File.Delete(file);
        foreach (var folder in Directory.EnumerateDirectories(Incoming))
            if (Directory.GetLastWriteTimeUtc(folder) <= before)
                Directory.Delete(folder, recursive: true);
    }

    /// <summary>The extension of a client's file name if it is short and plain, otherwise nothing.</summary>
    public static string SafeExtension(string extension) =>
        extension.Length is > 1 and <= 10 && extension[0] == '.' && extension.AsSpan(1).IndexOfAnyExcept(Letters) < 0
            ? extension.ToLowerInvariant() : "";

    static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    static bool IsSafe(string segment) => segment.Length is > 0 and <= 200 && segment[0] != '.'
        && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

/// <summary>A file that was received and has no key yet. Disposing removes it unless it was accepted.</summary>
/// <param name="Path">Where it lies for now.</param>
/// <param name="Sha256">Of its content, 64 lower-case hex digits.</param>
/// <param name="Size">Bytes.</param>
public sealed record IncomingBlob(string Path, string Sha256, long Size) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
