using Mhim.Data.Blobs;

namespace Mhim.Data.Moving;

/// <summary>All blobs of a store into another: what is there already with the same length is kept, so that a copy that was cut goes on where it was.</summary>
public static class BlobCopy
{
    /// <summary>Copies, file by file, each received as an upload is: it gets its key when it is whole, and what a killed copy left is swept with what killed uploads left.</summary>
    /// <param name="from">May be empty: then there is nothing to copy.</param>
    /// <param name="to">The other store.</param>
    /// <param name="cancel">Leaves what is whole.</param>
    /// <returns>Files and bytes that now lie there, and how many files of them were copied this time.</returns>
    public static async Task<(long Files, long Bytes, long Copied)> CopyAsync(BlobStore from, BlobStore to, CancellationToken cancel)
    {
        var (files, bytes, copied) = (0L, 0L, 0L);
        var there = await to.FilesAsync(cancel).ToDictionaryAsync(file => file.Key, file => file.Length, cancellationToken: cancel);
        await foreach (var (key, length) in from.FilesAsync(cancel))
        {
            (files, bytes) = (files + 1, bytes + length);
            if (there.TryGetValue(key, out var known) && known == length)
                continue;
            var path = await from.FetchAsync(key, cancel);
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 18, FileOptions.Asynchronous | FileOptions.SequentialScan);
            using var blob = await to.ReceiveAsync(content, Path.GetExtension(path), cancel);
            await to.AcceptAsync(blob, key, cancel);
            copied++;
        }
        return (files, bytes, copied);
    }
}
