namespace Mhim.Data.Blobs.S3;

/// <summary>
/// A job's files in a folder of its own, so that the copies of this machine are never anything but copies: a job that is killed, or that another has taken up
/// meanwhile, leaves nothing there that looks like the truth.
/// </summary>
sealed class S3Work : BlobWork
{
    // What AtomicFile calls a file that is not whole yet.
    const string Unfinished = ".mhim-tmp-";
    static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    readonly S3Blobs blobs;
    readonly string folder;
    readonly Dictionary<string, (S3File There, DateTime ChangedAt, long Length)> known = new(StringComparer.Ordinal);
    readonly SemaphoreSlim one = new(1);
    readonly CancellationTokenSource ended = new();
    Task beating = Task.CompletedTask;

    S3Work(S3Blobs blobs) : base(blobs) => (this.blobs, folder) = (blobs, Path.Combine(blobs.Incoming, $"work-{Guid.CreateVersion7():N}"));

    /// <summary>Begins with copies of what is there.</summary>
    public static async Task<S3Work> BeginAsync(S3Blobs blobs, IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var work = new S3Work(blobs);
        try
        {
            Directory.CreateDirectory(work.folder);
            foreach (var key in keys)
            {
                blobs.Cache.Use(key);
                foreach (var there in await blobs.ObjectsAsync(key, cancel))
                    if (await blobs.BringAsync(there, cancel))
                    {
                        var path = work.PathOf(there.Key);
                        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                        File.Copy(blobs.PathOf(there.Key), path, overwrite: true);
                        work.Know(there, path);
                    }
            }
            work.beating = work.BeatAsync();
            return work;
        }
        catch
        {
            await work.DisposeAsync();
            throw;
        }
    }

    public override string PathOf(string key) => BlobStore.IsKey(key) ? Path.Combine([folder, .. key.Split('/')]) : throw new ArgumentException($"'{key}' is not a blob key.", nameof(key));

    public override async Task KeepAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            var found = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => !file.Name.Contains(Unfinished, StringComparison.Ordinal)).ToList();
            var keys = found.ConvertAll(file => Path.GetRelativePath(folder, file.FullName));
            // What says that a step is done is removed first of all and written last: in the bucket, too.
            string[] gone = [.. known.Keys.Except(keys)];
            if (gone.Length > 0)
                await blobs.RemoveAsync(gone, cancel);
            foreach (var key in gone)
                known.Remove(key);
            foreach (var (file, key) in found.Zip(keys).OrderBy(pair => pair.First.LastWriteTimeUtc))
                if (!known.TryGetValue(key, out var last) || last.ChangedAt != file.LastWriteTimeUtc || last.Length != file.Length)
                    known[key] = (await blobs.PutAsync(file.FullName, key, cancel), file.LastWriteTimeUtc, file.Length);
        }
        finally
        {
            one.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await beating;
        // What is in the bucket as it is here is a copy, and the next job need not fetch it.
        foreach (var (key, (there, changedAt, length)) in known)
            if (new FileInfo(PathOf(key)) is { Exists: true } file && file.LastWriteTimeUtc == changedAt && file.Length == length && !there.IsCopiedTo(blobs.PathOf(key)))
            {
                there.NoteOn(file.FullName);
                Directory.CreateDirectory(Path.GetDirectoryName(blobs.PathOf(key))!);
                File.Move(file.FullName, blobs.PathOf(key), overwrite: true);
            }
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        ended.Dispose();
        one.Dispose();
        await base.DisposeAsync();
    }

    void Know(S3File there, string path) => known[there.Key] = (there, File.GetLastWriteTimeUtc(path), there.Length);

    async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(Beat);
        var keeping = Task.CompletedTask;
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
            {
                Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow); // or it would be swept for a leftover
                blobs.Cache.UseAll();
                if (keeping.IsCompleted)
                    keeping = KeepSoFarAsync();
            }
        }
        catch (OperationCanceledException)
        {
        }
        await keeping;
    }

    async Task KeepSoFarAsync()
    {
        try
        {
            await KeepAsync(ended.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The bucket is away, or a file was replaced while it was looked at: next time. The last word is that of who ends the work.
        }
    }
}
