using Mhim.Data.Blobs;
using Mhim.Data.Blobs.S3;
using Mhim.Data.Moving;

namespace Mhim.Data.Tests.Blobs;

/// <summary>By themselves: one of these tests counts what this process allocates, whoever does it.</summary>
[CollectionDefinition(nameof(ByThemselves), DisableParallelization = true)]
public sealed class ByThemselves;

/// <summary>What only a bucket has: several machines, copies, and times in which it is away.</summary>
[Collection(nameof(ByThemselves))]
public sealed class S3BlobsTests(S3Server server) : IClassFixture<S3Server>, IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-s3blobs-").FullName;
    readonly string prefix = $"test/{Guid.NewGuid():N}";

    public void Dispose() => Directory.Delete(folder, recursive: true);

    S3Blobs Machine(string name, Func<S3Options, S3Options>? change = null, Action<string>? waiting = null) =>
        new(Path.Combine(folder, name), (change ?? (same => same))(server.Options(prefix)), waiting);

    static async Task PutAsync(BlobStore store, string key, byte[] content)
    {
        using var blob = await store.ReceiveAsync(new MemoryStream(content), Path.GetExtension(key), default);
        await store.AcceptAsync(blob, key, default);
    }

    static async Task<byte[]?> ReadAsync(BlobStore store, string key) => await store.FindAsync(key, default) is { } path ? File.ReadAllBytes(path) : null;

    static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [S3Fact]
    public async Task What_one_machine_accepts_another_finds()
    {
        await PutAsync(Machine("a"), "models/1/card.json", [1, 2]);
        Assert.Equal([$"{prefix}/models/1/card.json"], server.Files.Where(file => file.StartsWith(prefix, StringComparison.Ordinal)));
        var other = Machine("b");
        Assert.Equal([1, 2], await ReadAsync(other, "models/1/card.json"));
        Assert.Equal(other.PathOf("models/1"), await other.FetchFolderAsync("models/1", default));
        Assert.Empty(Directory.EnumerateFiles(other.Incoming)); // it came under another name
    }

    [S3Fact]
    public async Task A_copy_is_taken_for_what_it_is_even_when_the_length_is_the_same()
    {
        var (a, b) = (Machine("a"), Machine("b"));
        await PutAsync(a, "slides/1/features-x.h5", [1, 1]);
        Assert.Equal([1, 1], await ReadAsync(b, "slides/1/features-x.h5"));
        await PutAsync(a, "slides/1/features-x.h5", [2, 2]);
        Assert.Equal([2, 2], await ReadAsync(b, "slides/1/features-x.h5"));
        await PutAsync(a, "slides/1/features-x.h5", [3, 3]);
        Assert.Equal([3, 3], File.ReadAllBytes(Path.Combine(await b.FetchFolderAsync("slides/1", default), "features-x.h5")));
        await a.DeleteAsync("slides/1", default);
        Assert.Null(await b.FindAsync("slides/1/features-x.h5", default)); // its copy is still on that machine's disk
    }

    [S3Fact]
    public async Task The_copies_of_what_another_machine_removed_are_found_and_removed_too()
    {
        var (a, b) = (Machine("a"), Machine("b"));
        await PutAsync(a, "slides/1/original.svs", [1]);
        var copy = await b.FetchAsync("slides/1/original.svs", default);
        await a.DeleteAsync("slides/1", default);
        Assert.True(File.Exists(copy));
        Assert.Equal(["1"], await b.ListAsync("slides", default));
        Assert.InRange(await b.ChangedAtAsync("slides/1", default), DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow.AddMinutes(1));
        await b.DeleteAsync("slides/1", default);
        Assert.False(File.Exists(copy));
        Assert.Empty(await b.ListAsync("slides", default));
    }

    [S3Fact]
    public async Task A_copy_that_is_as_it_should_be_is_not_fetched_again()
    {
        var (a, b) = (Machine("a"), Machine("b"));
        await PutAsync(a, "runs/1/run.json", [1]);
        var path = await b.FetchAsync("runs/1/run.json", default);
        var node = File.OpenRead(path); // as long as it is open, its place is not given to another file
        await b.FetchAsync("runs/1/run.json", default);
        await b.FetchFolderAsync("runs/1", default);
        File.AppendAllText(path, "x");
        Assert.Equal(2, node.Length); // it is the same file
        Assert.Equal(1, server.Requests("GET", $"{prefix}/runs/1/run.json"));
        node.Dispose();
        Assert.Equal([1], await ReadAsync(b, "runs/1/run.json")); // and what somebody did to it is made good
    }

    [S3Fact]
    public async Task Many_who_fetch_at_once_in_two_processes_get_the_whole_file()
    {
        var content = Bytes(5_000_000);
        await PutAsync(Machine("a"), "slides/1/original.svs", content);
        BlobStore[] processes = [Machine("b"), Machine("b")];
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async i => Assert.Equal(content, await ReadAsync(processes[i % 2], "slides/1/original.svs"))));
        Assert.Single(Directory.GetFiles(Path.Combine(folder, "b"), "*", SearchOption.AllDirectories));
        Assert.InRange(server.Requests("GET", $"{prefix}/slides/1/original.svs"), 1, 2); // each process once
    }

    [S3Fact]
    public async Task More_objects_than_one_answer_names_are_listed_and_removed()
    {
        var store = Machine("a");
        var unpacked = Directory.CreateDirectory(Path.Combine(store.Incoming, "many")).FullName;
        for (var i = 0; i < 1203; i++)
            File.WriteAllBytes(Path.Combine(unpacked, $"slide-{i:0000}.dcm"), [1]);
        await store.AcceptFolderAsync(unpacked, "slides/1/original", default);
        Assert.Equal(1203, await store.FilesAsync(default).CountAsync());
        Assert.Equal(1203, Directory.GetFiles(await Machine("b").FetchFolderAsync("slides/1/original", default)).Length);
        await store.DeleteAsync("slides/1", default);
        Assert.Equal(0, await store.FilesAsync(default).CountAsync());
    }

    [S3Fact]
    public async Task A_large_file_goes_in_parts_at_constant_memory()
    {
        const int length = (80 << 20) + 5;
        var store = Machine("a");
        var content = Bytes(length);
        foreach (var key in (string[])["slides/1/original.svs", "slides/1/features-x.h5"])
        {
            using var blob = await store.ReceiveAsync(new MemoryStream(content), "", default);
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await store.AcceptAsync(blob, key, default);
            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, length / 2);
            Assert.Equal(11, server.Requests("PUT", $"{prefix}/{key}", "partNumber="));
            Assert.Equal(content, await ReadAsync(Machine("b"), key));
        }
    }

    [S3Fact]
    public async Task What_has_long_not_been_used_makes_room_and_comes_back_when_it_is_asked_for()
    {
        var store = Machine("a", options => options with { CacheBytes = 250 });
        foreach (var (id, minutes) in new[] { ("1", 30), ("2", 40), ("3", 5), ("4", 20) })
        {
            await PutAsync(store, $"slides/{id}/original.svs", Bytes(100));
            Directory.SetLastWriteTimeUtc(store.PathOf($"slides/{id}"), DateTime.UtcNow.AddMinutes(-minutes));
        }
        await PutAsync(store, "uploads/5/content.svs", Bytes(1000)); // of this machine alone, and no copy
        using var reading = File.OpenRead(store.PathOf("slides/2/original.svs"));
        store.Cache.MakeRoom(DateTime.UtcNow.AddMinutes(-10));
        Assert.Equal(["3", "4"], Directory.GetDirectories(store.PathOf("slides")).Select(Path.GetFileName).Order()!);
        Assert.True(File.Exists(store.PathOf("uploads/5/content.svs")));
        Assert.Equal(100, reading.ReadAtLeast(new byte[100], 100)); // who has it open goes on reading
        Assert.Equal(Bytes(100), await ReadAsync(store, "slides/2/original.svs"));

        foreach (var id in (string[])["2", "3", "4"]) // all in use: then there is more than there should be
            store.Cache.Use($"slides/{id}/original.svs");
        Directory.SetLastWriteTimeUtc(store.PathOf("slides/4"), DateTime.UtcNow.AddMinutes(-20));
        store.Cache.UseAll();
        store.Cache.MakeRoom(DateTime.UtcNow.AddMinutes(-10));
        Assert.Equal(3, Directory.GetDirectories(store.PathOf("slides")).Length);
    }

    [S3Fact]
    public async Task A_model_that_made_room_is_fetched_whole_again()
    {
        var store = Machine("a");
        foreach (var file in (string[])["card.json", "config.json"])
            await PutAsync(store, $"models/1/{file}", [1]);
        await store.FetchFolderAsync("models/1", default);
        Directory.Delete(store.PathOf("models/1"), recursive: true);
        await store.FindAsync("models/1/card.json", default);
        Assert.Equal(2, Directory.GetFiles(await store.FetchFolderAsync("models/1", default), "*.json").Length);
    }

    [S3Fact]
    public async Task Work_that_ends_early_leaves_nothing_but_what_is_under_way_shows_and_is_no_leftover()
    {
        var (a, b) = (Machine("a"), Machine("b"));
        await using (var work = await a.WorkAsync(["runs/1"], default))
            File.WriteAllText(Make(work.PathOf("runs/1/lost.json")), "lost");
        Assert.Null(await b.FindAsync("runs/1/lost.json", default));

        await using var long_ = await a.WorkAsync(["runs/1"], default);
        File.WriteAllText(Make(long_.PathOf("runs/1/fold-0/epochs.json")), "{}");
        File.WriteAllText(long_.PathOf("runs/1/fold-0/epochs.mhim-tmp-0123.json"), "{");
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); await b.FindAsync("runs/1/fold-0/epochs.json", default) is null; await Task.Delay(100))
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), "It does not show.");
        a.SweepIncoming(TimeSpan.FromSeconds(5));
        Assert.True(File.Exists(long_.PathOf("runs/1/fold-0/epochs.json")));
        Assert.Null(await b.FindAsync("runs/1/fold-0/epochs.mhim-tmp-0123.json", default));

        static string Make(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return path;
        }
    }

    [S3Fact]
    public async Task Files_are_moved_into_a_bucket_and_those_that_are_there_are_not_put_again()
    {
        var old = new BlobStore(Path.Combine(folder, "old"));
        await PutAsync(old, "slides/1/original.svs", Bytes(1000));
        await PutAsync(old, "models/2/card.json", Bytes(10));
        Assert.Equal((2, 1010, 2), await BlobCopy.CopyAsync(old, Machine("a"), default));
        Assert.Equal((2, 1010, 0), await BlobCopy.CopyAsync(old, Machine("b"), default));
        Assert.Equal(Bytes(1000), await ReadAsync(Machine("c"), "slides/1/original.svs"));
        Assert.Equal((2, 1010, 2), await BlobCopy.CopyAsync(Machine("d"), new BlobStore(Path.Combine(folder, "back")), default));
    }
}
