using System.Collections.Concurrent;

namespace Mhim.Data.Blobs.S3;

/// <summary>
/// Blobs in a bucket, with copies of what this machine uses in a folder. The bucket is the truth: what is given a key is there before this returns, and what is asked
/// for is compared with it, except for what is never written anew (<see cref="BlobKeys.IsFinal"/>). Uploads that are still coming in pieces lie in the folder alone.
/// </summary>
public sealed class S3Blobs : BlobStore, IDisposable
{
    const int SideBySide = 4;

    readonly S3Bucket bucket;
    readonly ConcurrentDictionary<string, Lazy<Task<bool>>> coming = new(StringComparer.Ordinal);

    /// <summary>Opens it; nothing is asked yet.</summary>
    /// <param name="root">The folder of the copies.</param>
    /// <param name="options">Which bucket.</param>
    /// <param name="waiting">See <see cref="BlobStore.Of"/>.</param>
    public S3Blobs(string root, S3Options options, Action<string>? waiting = null) : base(root) =>
        (bucket, Cache) = (new S3Bucket(options, waiting), new S3Cache(Root, options.CacheBytes));

    internal S3Cache Cache { get; }

    /// <inheritdoc/>
    public override bool MayBeShared => true;

    /// <inheritdoc/>
    public void Dispose() => bucket.Dispose();

    /// <inheritdoc/>
    public override Task CheckAsync(CancellationToken cancel) => bucket.CheckAsync(cancel);

    /// <inheritdoc/>
    public override async Task<string?> FindAsync(string key, CancellationToken cancel)
    {
        var path = PathOf(key);
        if (S3Cache.IsOwn(key))
            return await base.FindAsync(key, cancel);
        Cache.Use(key);
        if (BlobKeys.IsFinal(key) && File.Exists(path))
            return path;
        return await bucket.HeadAsync(key, cancel) is { } there && await BringAsync(there, cancel) ? path : null;
    }

    /// <inheritdoc/>
    public override async Task<string> FetchFolderAsync(string key, CancellationToken cancel)
    {
        var (path, whole) = (PathOf(key), WholeOf(key));
        Cache.Use(key);
        if (BlobKeys.IsFinal(key) && File.Exists(whole))
            return path;
        await Parallel.ForEachAsync(bucket.ListAsync(key + "/", cancel), new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancel },
            async (file, stop) => await BringAsync(file, stop));
        if (BlobKeys.IsFinal(key) && Directory.Exists(path))
            await File.WriteAllBytesAsync(whole, [], cancel);
        return path;
    }

    // Says that all files of a final folder are here. It goes when the folder of its thing goes; a slide's lies beside its files, as some readers take every file there
    // for a part of the slide.
    string WholeOf(string key) => key.Split('/') is [var kind, var id, .. var rest] ? Path.Combine(Root, kind, id, $".whole{string.Join('-', rest)}")
        : throw new ArgumentException($"'{key}' is no thing.", nameof(key));

    /// <summary>Sees to it that the copy of an object is here, in the state that was seen or a later one.</summary>
    /// <returns>False: it has been removed since.</returns>
    internal async Task<bool> BringAsync(S3File there, CancellationToken cancel)
    {
        if (!IsKey(there.Key) || there.IsCopiedTo(PathOf(there.Key)))
            return true;
        for (var tries = 0; ; tries++)
        {
            // One at a time in this process, for all who want it; it goes on when one of them leaves, or a slide that many look at would never be here.
            var one = coming.GetOrAdd(there.Key, key => new Lazy<Task<bool>>(() => Task.Run(() => DownloadAsync(key))));
            var came = await one.Value.WaitAsync(cancel);
            // It may have begun before the state that was seen; then once more.
            if (!came || tries == 1 || there.IsCopiedTo(PathOf(there.Key)))
                return came;
        }
    }

    async Task<bool> DownloadAsync(string key)
    {
        Directory.CreateDirectory(Incoming);
        var (path, part) = (PathOf(key), Path.Combine(Incoming, $"{Guid.CreateVersion7():N}.part"));
        try
        {
            if (await bucket.GetAsync(key, part, CancellationToken.None) is not { } got)
                return false;
            got.NoteOn(part);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(part, path, overwrite: true);
            Cache.MakeRoom();
            return true;
        }
        finally
        {
            coming.TryRemove(key, out _);
            File.Delete(part);
        }
    }

    /// <inheritdoc/>
    public override async Task AcceptAsync(IncomingBlob blob, string key, CancellationToken cancel)
    {
        _ = PathOf(key);
        if (!S3Cache.IsOwn(key))
            (await PutAsync(blob.Path, key, cancel)).NoteOn(blob.Path);
        await base.AcceptAsync(blob, key, cancel);
        Cache.MakeRoom();
    }

    /// <inheritdoc/>
    public override async Task AcceptFolderAsync(string folder, string key, CancellationToken cancel)
    {
        try
        {
            await Parallel.ForEachAsync(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancel },
                async (file, stop) => (await PutAsync(file, $"{key}/{Path.GetRelativePath(folder, file)}", stop)).NoteOn(file));
            await base.AcceptFolderAsync(folder, key, cancel);
        }
        catch
        {
            // What is there already has no row and is swept; here it is only tried, as the bucket may be away.
            await Task.WhenAny(DeleteAsync(key, CancellationToken.None));
            throw;
        }
        if (BlobKeys.IsFinal(key))
            await File.WriteAllBytesAsync(WholeOf(key), [], cancel);
        Cache.MakeRoom();
    }

    /// <summary>Puts a file.</summary>
    internal Task<S3File> PutAsync(string path, string key, CancellationToken cancel) =>
        IsKey(key) ? bucket.PutAsync(path, key, cancel) : throw new ArgumentException($"'{key}' is not a blob key.", nameof(key));

    /// <summary>Removes objects, not their copies.</summary>
    internal Task RemoveAsync(IReadOnlyList<string> keys, CancellationToken cancel) => bucket.DeleteAsync(keys, cancel);

    /// <summary>The objects of a file or folder.</summary>
    internal async Task<IReadOnlyList<S3File>> ObjectsAsync(string key, CancellationToken cancel)
    {
        var found = await bucket.ListAsync(key + "/", cancel).ToListAsync(cancel);
        return found.Count == 0 && await bucket.HeadAsync(key, cancel) is { } file ? [file] : found;
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(string key, CancellationToken cancel)
    {
        _ = PathOf(key);
        if (!S3Cache.IsOwn(key))
            await bucket.DeleteAsync([key, .. (await bucket.ListAsync(key + "/", cancel).ToListAsync(cancel)).Select(file => file.Key)], cancel);
        await base.DeleteAsync(key, cancel);
    }

    /// <inheritdoc/>
    public override Task<IReadOnlyList<string>> ListAsync(string key, CancellationToken cancel) => S3Cache.IsOwn(key) ? base.ListAsync(key, cancel) : NamesAsync(key, cancel);

    // With the copies here whose objects others have removed: whoever looks for what belongs to nothing shall find them too.
    async Task<IReadOnlyList<string>> NamesAsync(string key, CancellationToken cancel) =>
        [.. (await bucket.NamesAsync(key, cancel)).Union(await base.ListAsync(key, cancel)).Where(name => IsKey($"{key}/{name}")).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public override async Task<DateTime> ChangedAtAsync(string key, CancellationToken cancel) =>
        !S3Cache.IsOwn(key) && await ObjectsAsync(key, cancel) is { Count: > 0 } found ? found.Max(file => file.ChangedAt) : await base.ChangedAtAsync(key, cancel);

    /// <inheritdoc/>
    public override IAsyncEnumerable<BlobFile> FilesAsync(CancellationToken cancel) => bucket.ListAsync("", cancel).Where(file => IsKey(file.Key)).Select(file => new BlobFile(file.Key, file.Length));

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<BlobUse>> UsageAsync(CancellationToken cancel)
    {
        var found = new SortedDictionary<string, BlobUse>(StringComparer.Ordinal);
        foreach (var own in (await base.UsageAsync(cancel)).Where(use => S3Cache.IsOwn(use.Kind)))
            found[own.Kind] = own;
        await foreach (var file in FilesAsync(cancel))
        {
            var kind = file.Key.Split('/', 2)[0];
            var use = found.GetValueOrDefault(kind) ?? new BlobUse(kind, 0, 0);
            found[kind] = use with { Files = use.Files + 1, Bytes = use.Bytes + file.Length };
        }
        return [.. found.Values];
    }

    /// <inheritdoc/>
    public override async Task<BlobWork> WorkAsync(IReadOnlyList<string> keys, CancellationToken cancel) => await S3Work.BeginAsync(this, keys, cancel);
}
