using System.Reflection;
using System.Security.Cryptography;
using Mhim.Data.Blobs;
using Mhim.Data.Blobs.S3;
using Xunit.Sdk;

namespace Mhim.Data.Tests.Blobs;

/// <summary>What every store does, a folder and a bucket alike.</summary>
public sealed class BlobContractTests(S3Server server) : IClassFixture<S3Server>, IDisposable
{
    const string Folder = "folder", Bucket = "bucket";

    /// <summary>The bucket, where there is a server.</summary>
    sealed class BucketDataAttribute : DataAttribute
    {
        public BucketDataAttribute() => Skip = S3Server.Missing;

        public override IEnumerable<object[]> GetData(MethodInfo test) => [[Bucket]];
    }

    readonly string root = Directory.CreateTempSubdirectory("mhim-blobs-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    BlobStore Open(string kind) => kind == Folder ? new BlobStore(root) : new S3Blobs(root, server.Options());

    static async Task PutAsync(BlobStore store, string key, string text)
    {
        using var blob = await store.ReceiveAsync(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), Path.GetExtension(key), default);
        await store.AcceptAsync(blob, key, default);
    }

    static async Task<string[]> KeysAsync(BlobStore store) => [.. (await store.FilesAsync(default).ToListAsync()).Select(file => file.Key).Order(StringComparer.Ordinal)];

    [Theory, InlineData(Folder), BucketData]
    public async Task A_received_file_is_hashed_on_the_way_and_appears_under_its_key_when_accepted(string kind)
    {
        var store = Open(kind);
        var bytes = new byte[1_000_003];
        new Random(1).NextBytes(bytes);
        using (var blob = await store.ReceiveAsync(new MemoryStream(bytes), ".SVS", default))
        {
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), blob.Sha256);
            Assert.Equal(bytes.Length, blob.Size);
            Assert.EndsWith(".svs", blob.Path);
            Assert.Empty(await KeysAsync(store));
            await store.AcceptAsync(blob, "slides/1/original.svs", default);
        }
        Assert.Equal([new BlobFile("slides/1/original.svs", bytes.Length)], await store.FilesAsync(default).ToListAsync());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(root, "incoming")));
        Assert.Equal(bytes, File.ReadAllBytes((await store.FindAsync("slides/1/original.svs", default))!));
    }

    [Theory, InlineData(Folder), BucketData]
    public async Task What_is_not_there_is_not_found_and_has_a_place_where_it_would_lie(string kind)
    {
        var store = Open(kind);
        Assert.Null(await store.FindAsync("runs/1/run.json", default));
        Assert.Equal(store.PathOf("runs/1/run.json"), await store.FetchAsync("runs/1/run.json", default));
        Assert.Empty(await store.ListAsync("runs", default));
        Assert.False(Directory.Exists(await store.FetchFolderAsync("models/1", default)));
        await store.CheckAsync(default);
    }

    [Theory, InlineData(Folder), BucketData]
    public async Task What_is_written_anew_is_found_as_it_is_now(string kind)
    {
        var store = Open(kind);
        await PutAsync(store, "runs/1/metrics.json", "old");
        Assert.Equal("old", File.ReadAllText(await store.FetchAsync("runs/1/metrics.json", default)));
        await PutAsync(store, "runs/1/metrics.json", "new");
        Assert.Equal("new", File.ReadAllText(await store.FetchAsync("runs/1/metrics.json", default)));
    }

    [Theory, InlineData(Folder), BucketData]
    public async Task A_folder_is_accepted_whole_and_fetched_whole(string kind)
    {
        var store = Open(kind);
        var unpacked = Path.Combine(root, "incoming", "x.zip.unpacked");
        Directory.CreateDirectory(Path.Combine(unpacked, "slide"));
        File.WriteAllText(Path.Combine(unpacked, "slide.mrxs"), "main");
        File.WriteAllText(Path.Combine(unpacked, "slide", "Data0000.dat"), "data");
        await store.AcceptFolderAsync(unpacked, "slides/1/original", default);
        Assert.False(Directory.Exists(unpacked));
        Assert.Equal(["slides/1/original/slide.mrxs", "slides/1/original/slide/Data0000.dat"], await KeysAsync(store));
        var folder = await store.FetchFolderAsync("slides/1/original", default);
        Assert.Equal(("main", "data"), (File.ReadAllText(Path.Combine(folder, "slide.mrxs")), File.ReadAllText(Path.Combine(folder, "slide", "Data0000.dat"))));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder).Length); // some readers take every file there for a part of the slide
    }

    [Theory, InlineData(Folder), BucketData]
    public async Task Things_are_listed_counted_and_removed_with_all_that_is_in_them(string kind)
    {
        var store = Open(kind);
        foreach (var key in (string[])["slides/1/original.svs", "slides/1/thumbnail.png", "slides/11/original.svs", "runs/2/fold-0/epochs.json", "uploads/3/content.svs"])
            await PutAsync(store, key, "1234");
        Assert.Equal(["1", "11"], await store.ListAsync("slides", default));
        Assert.Equal(["3"], await store.ListAsync("uploads", default));
        Assert.Equal([new("runs", 1, 4), new("slides", 3, 12), new("uploads", 1, 4)], (await store.UsageAsync(default)).Where(use => use.Kind != "incoming"));
        Assert.InRange(await store.ChangedAtAsync("slides/1", default), DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow.AddMinutes(1));
        Assert.True(await store.ChangedAtAsync("slides/7", default) < DateTime.UtcNow.AddYears(-100));

        await store.DeleteAsync("slides/1", default);
        await store.DeleteAsync("runs/2/fold-0/epochs.json", default);
        await store.DeleteAsync("uploads/3", default);
        await store.DeleteAsync("slides/7", default); // was never there
        Assert.Equal(["slides/11/original.svs"], await KeysAsync(store));
        Assert.Null(await store.FindAsync("slides/1/original.svs", default));
        Assert.False(File.Exists(store.PathOf("slides/1/original.svs")));
    }

    [Theory, InlineData(Folder), BucketData]
    public async Task Work_goes_on_with_what_is_there_and_what_it_makes_changes_and_removes_is_so_once_it_is_kept(string kind)
    {
        var store = Open(kind);
        await PutAsync(store, "runs/1/fold-0/state.bin", "half");
        await PutAsync(store, "runs/1/slides.json", "[]");
        await PutAsync(store, "runs/1/kept.json", "kept");
        await using (var work = await store.WorkAsync(["runs/1", "slides/1/tiles-x.h5"], default))
        {
            Assert.Equal("half", File.ReadAllText(work.PathOf("runs/1/fold-0/state.bin")));
            File.WriteAllText(work.PathOf("runs/1/fold-0/state.bin"), "more");
            File.Delete(work.PathOf("runs/1/slides.json"));
            Directory.CreateDirectory(Path.GetDirectoryName(work.PathOf("slides/1/tiles-x.h5"))!);
            File.WriteAllText(work.PathOf("slides/1/tiles-x.h5"), "tiles");
            await work.KeepAsync(default);
            Assert.Equal(["runs/1/fold-0/state.bin", "runs/1/kept.json", "slides/1/tiles-x.h5"], await KeysAsync(store));
        }
        Assert.Equal(("more", "kept", "tiles"), (File.ReadAllText(await store.FetchAsync("runs/1/fold-0/state.bin", default)),
            File.ReadAllText(await store.FetchAsync("runs/1/kept.json", default)), File.ReadAllText(await store.FetchAsync("slides/1/tiles-x.h5", default))));
    }
}
