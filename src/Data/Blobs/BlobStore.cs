using System.Security.Cryptography;

namespace Mhim.Data.Blobs;

/// <summary>
/// Files by key: here, on a local or shared disk; <see cref="S3.S3Blobs"/> has a bucket behind the folder. A key is made by this program from ids, never from a
/// client's words, and is checked all the same: segments of letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, joined by <c>/</c>, none beginning with a dot.
/// Files appear whole or not at all.
/// </summary>
/// <param name="root">The folder that holds everything; made when needed.</param>
public class BlobStore(string root)
{
    readonly string root = Path.GetFullPath(root);

    /// <summary>The folder, full path.</summary>
    protected string Root => root;

    /// <summary>Where files lie that have no key yet.</summary>
    internal string Incoming => Path.Combine(root, "incoming");

    /// <summary>The store that the settings choose.</summary>
    /// <param name="data">Where blobs live.</param>
    /// <param name="waiting">Told why, each time that a store which is away is waited for; null: nothing is waited for, <see cref="BlobsAwayException"/> comes at once.</param>
    public static BlobStore Of(DataOptions data, Action<string>? waiting = null) =>
        data.S3 is { } s3 ? new S3.S3Blobs(data.BlobFolder, s3, waiting) : new BlobStore(data.BlobFolder);

    /// <summary>Whether others may write into it who have no part in this data folder: what is not known here may then be at work there.</summary>
    public virtual bool MayBeShared => false;

    /// <summary>Where a blob lies on this machine or will lie. Native readers want a path: <see cref="FetchAsync"/> sees to it that the file is there.</summary>
    /// <exception cref="ArgumentException">The key is not one that this program makes.</exception>
    public string PathOf(string key)
    {
        if (!IsKey(key))
            throw new ArgumentException($"'{key}' is not a blob key.", nameof(key));
        return Path.Combine([root, .. key.Split('/')]);
    }

    /// <summary>The path of a file as it is now; null when there is none.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task<string?> FindAsync(string key, CancellationToken cancel) => Task.FromResult(PathOf(key) is var path && File.Exists(path) ? path : null);

    /// <summary>The path of a file as it is now. Where there is none, whoever opens it has the better words for that.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public async Task<string> FetchAsync(string key, CancellationToken cancel) => await FindAsync(key, cancel) ?? PathOf(key);

    /// <summary>The path of a folder, with all its files as they are now.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task<string> FetchFolderAsync(string key, CancellationToken cancel) => Task.FromResult(PathOf(key));

    /// <summary>Begins work on files and folders: with what is there already, and so that others see what it makes once it is kept.</summary>
    /// <param name="keys">Files and folders that the work goes on with.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task<BlobWork> WorkAsync(IReadOnlyList<string> keys, CancellationToken cancel) => Task.FromResult(new BlobWork(this));

    /// <summary>Asks the store whether it answers.</summary>
    /// <exception cref="BlobsAwayException">It does not.</exception>
    public virtual Task CheckAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Receives a stream of any length at constant memory, hashing it on the way, outside of every key until <see cref="AcceptAsync"/>.</summary>
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
                // Whole buffers: what comes in crumbs would be hashed and written in crumbs.
                while ((read = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel)) > 0)
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

    /// <summary>Gives a received file its key; it appears there whole.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer; the received file stays as it is.</exception>
    public virtual Task AcceptAsync(IncomingBlob blob, string key, CancellationToken cancel)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(blob.Path, path, overwrite: true);
        return Task.CompletedTask;
    }

    /// <summary>Undoes <see cref="AcceptAsync"/>: the file lies again where it was received. What a store keeps under the key besides is for <see cref="DiscardAsync"/>.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public async Task TakeBackAsync(string key, IncomingBlob blob) => File.Move(await FetchAsync(key, CancellationToken.None), blob.Path, overwrite: true);

    /// <summary>Gives a folder that was unpacked beside a received file its key.</summary>
    /// <param name="folder">On the same disk as the blobs.</param>
    /// <param name="key">Nothing may lie there.</param>
    /// <param name="cancel">Leaves the folder where it is.</param>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task AcceptFolderAsync(string folder, string key, CancellationToken cancel)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.Move(folder, path);
        return Task.CompletedTask;
    }

    /// <summary>Removes a file, or a folder with all that is in it; nothing happens when there is none.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer; what has no row any more is swept later.</exception>
    public virtual Task DeleteAsync(string key, CancellationToken cancel)
    {
        var path = PathOf(key);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else if (File.Exists(path)) // deleting throws where not even the folder around it is there
            File.Delete(path);
        return Task.CompletedTask;
    }

    /// <summary>Removes what was accepted for a row that did not come to be. Where that cannot be done now, it is swept: nothing knows it.</summary>
    public async Task DiscardAsync(string key)
    {
        try
        {
            await DeleteAsync(key, CancellationToken.None);
        }
        catch (BlobsAwayException)
        {
        }
    }

    /// <summary>The names directly under a key, in order; empty when there is no such folder.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task<IReadOnlyList<string>> ListAsync(string key, CancellationToken cancel)
    {
        var path = PathOf(key);
        return Task.FromResult<IReadOnlyList<string>>(Directory.Exists(path)
            ? [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)]
            : []);
    }

    /// <summary>When a file or folder was last changed, UTC; long ago when there is none.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task<DateTime> ChangedAtAsync(string key, CancellationToken cancel) => Task.FromResult(Directory.GetLastWriteTimeUtc(PathOf(key)));

    /// <summary>All files with their lengths, in no order; what is being received is none.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual IAsyncEnumerable<BlobFile> FilesAsync(CancellationToken cancel) => (!Directory.Exists(root) ? []
        : new DirectoryInfo(root).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => new BlobFile(Path.GetRelativePath(root, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file.Length)).Where(file => IsKey(file.Key))).ToAsyncEnumerable();

    /// <summary>Bytes that are free on the disk of the blobs.</summary>
    public long FreeBytes() => new DriveInfo(Directory.CreateDirectory(root).FullName).AvailableFreeSpace;

    /// <summary>Bytes that the disk of the blobs has in all.</summary>
    public long TotalBytes() => new DriveInfo(Directory.CreateDirectory(root).FullName).TotalSize;

    /// <summary>Files and bytes by the first segment of their keys, in order; walks everything, so that large stores take their time.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task<IReadOnlyList<BlobUse>> UsageAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<BlobUse>>(
    [
        .. new DirectoryInfo(Directory.CreateDirectory(root).FullName).EnumerateDirectories().OrderBy(kind => kind.Name, StringComparer.Ordinal).Select(kind =>
        {
            long files = 0, bytes = 0;
            // What is removed meanwhile is passed over.
            foreach (var file in kind.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 }))
                try
                {
                    (files, bytes) = (files + 1, bytes + file.Length);
                }
                catch (FileNotFoundException)
                {
                }
            return new BlobUse(kind.Name, files, bytes);
        }),
    ]);

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

    /// <summary>Whether this program could have made such a key.</summary>
    protected internal static bool IsKey(string key) => key.Length <= 500 && key.Split('/') is var segments && segments[0] != "incoming" && segments.All(IsSafe);

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

/// <summary>A file of the store.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Length">Bytes.</param>
public sealed record BlobFile(string Key, long Length);

/// <summary>What blobs of a kind take.</summary>
/// <param name="Kind">First segment of their keys.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">Of them all.</param>
public sealed record BlobUse(string Kind, long Files, long Bytes);
