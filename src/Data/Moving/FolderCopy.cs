namespace Mhim.Data.Moving;

/// <summary>All files of a folder into another: what is there already with the same length is kept, so that a copy that was cut goes on where it was.</summary>
public static class FolderCopy
{
    /// <summary>Copies, file by file, each under a temporary name until it is whole.</summary>
    /// <param name="from">May be missing: then there is nothing to copy.</param>
    /// <param name="to">Made when needed.</param>
    /// <param name="cancel">Leaves what is whole.</param>
    /// <returns>Files and bytes that now lie there, and how many files of them were copied this time.</returns>
    public static async Task<(long Files, long Bytes, long Copied)> CopyAsync(string from, string to, CancellationToken cancel)
    {
        var (files, bytes, copied) = (0L, 0L, 0L);
        if (!Directory.Exists(from))
            return (0, 0, 0);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(from, file);
            // What is being received belongs to nobody yet.
            if (relative.StartsWith("incoming" + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                continue;
            var (target, length) = (Path.Combine(to, relative), new FileInfo(file).Length);
            (files, bytes) = (files + 1, bytes + length);
            if (File.Exists(target) && new FileInfo(target).Length == length)
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var part = target + ".moving";
            await using (var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 18, FileOptions.Asynchronous | FileOptions.SequentialScan))
            await using (var sink = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
            {
                await source.CopyToAsync(sink, 1 << 18, cancel);
                sink.Flush(flushToDisk: true);
            }
            File.Move(part, target, overwrite: true);
            copied++;
        }
        return (files, bytes, copied);
    }
}
