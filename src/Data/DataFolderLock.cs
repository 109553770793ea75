namespace Mhim.Data;

/// <summary>Keeps a second server from the same data folder. The kernel lets go when the holder ends, however it ends.</summary>
public sealed class DataFolderLock : IDisposable
{
    // EWOULDBLOCK of Linux; a disk that is full or cannot be written to says so itself.
    const int HeldByAnother = 11;

    readonly FileStream file;

    DataFolderLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock, or returns null when another process holds it.</summary>
    /// <param name="folder">The data folder; made when needed.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise, for want of rights.</exception>
    public static DataFolderLock? TryTake(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new DataFolderLock(new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult == HeldByAnother)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
