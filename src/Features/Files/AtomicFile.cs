namespace Mhim.Features.Files;

/// <summary>Files appear whole or not at all: written beside their place under a temporary name, flushed to disk, then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Part of every temporary name, so that leftovers of a killed process can be recognised and swept.</summary>
    public const string TemporaryMark = ".mhim-tmp-";

    /// <summary>Lets <paramref name="write"/> fill a temporary file in the same folder and renames it to <paramref name="path"/>.</summary>
    /// <param name="path">Where the file shall appear; its folder is made if needed; an existing file is replaced.</param>
    /// <param name="write">Gets the temporary path. If it throws, nothing is left behind.</param>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        // The extension stays last: some writers choose their format by it.
        var temporary = Path.Combine(folder,
            Path.GetFileNameWithoutExtension(full) + TemporaryMark + Guid.NewGuid().ToString("N")[..12] + Path.GetExtension(full));
        try
        {
            write(temporary);
            using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
                RandomAccess.FlushToDisk(handle);
            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The same for text, UTF-8 without a byte-order mark.</summary>
    public static void WriteAllText(string path, string text) => Write(path, temporary => File.WriteAllText(temporary, text));

    /// <summary>The same for bytes.</summary>
    public static void WriteAllBytes(string path, ReadOnlyMemory<byte> bytes) =>
        Write(path, temporary => File.WriteAllBytes(temporary, bytes.Span));

    /// <summary>Removes what a killed process left in a folder: temporary files that nobody has touched for a while.</summary>
    /// <param name="folder">Swept with its subfolders; nothing happens when it does not exist.</param>
    /// <param name="olderThan">Age that makes a temporary file a leftover.</param>
    public static void SweepTemporaries(string folder, TimeSpan olderThan)
    {
        if (!Directory.Exists(folder))
            return;
        var before = DateTime.UtcNow - olderThan;
        // Listed at once: others may remove folders meanwhile.
        foreach (var file in Directory.GetFiles(folder, "*" + TemporaryMark + "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 }))
            if (File.GetLastWriteTimeUtc(file) < before)
                File.Delete(file);
    }
}
