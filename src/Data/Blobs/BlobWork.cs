namespace Mhim.Data.Blobs;

/// <summary>
/// The files that a job makes, while it makes them: whoever writes there writes beside and renames. In a folder that all share, every file is there for all as soon
/// as it is whole; a bucket gets them with <see cref="KeepAsync"/>, and whatever is whole every few seconds before, so that others see how far a training is and can go
/// on with it. Disposing ends the work; what was not kept is lost.
/// </summary>
/// <param name="blobs">The store.</param>
public class BlobWork(BlobStore blobs) : IAsyncDisposable
{
    /// <summary>Where the work finds a file or folder that it goes on with, and writes it.</summary>
    /// <param name="key">Its key.</param>
    public virtual string PathOf(string key) => blobs.PathOf(key);

    /// <summary>Puts all that was made, changed or removed into the store; only then may a row say that it is there.</summary>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public virtual Task KeepAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
