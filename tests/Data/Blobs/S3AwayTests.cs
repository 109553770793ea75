using Mhim.Data.Blobs;
using Mhim.Data.Blobs.S3;

namespace Mhim.Data.Tests.Blobs;

/// <summary>A bucket that does not answer for a while, and one that refuses; with a server of its own, because it is stopped.</summary>
public sealed class S3AwayTests : IDisposable
{
    readonly S3Server server = new();
    readonly string folder = Directory.CreateTempSubdirectory("mhim-away-").FullName;

    public void Dispose()
    {
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [S3Fact]
    public async Task While_it_is_away_every_call_says_so_nothing_is_half_done_and_then_it_goes_on()
    {
        using var store = new S3Blobs(folder, server.Options());
        using var final = await store.ReceiveAsync(new MemoryStream([1]), "", default);
        await store.AcceptAsync(final, "slides/1/original.svs", default);
        using var blob = await store.ReceiveAsync(new MemoryStream([1, 2, 3]), "", default);
        var unpacked = Directory.CreateDirectory(Path.Combine(folder, "incoming", "unpacked")).FullName;
        File.WriteAllText(Path.Combine(unpacked, "slide.mrxs"), "main");
        server.Stop();

        foreach (var call in (Func<Task>[])
                 [
                     () => store.CheckAsync(default), () => store.FindAsync("runs/1/run.json", default), () => store.FetchFolderAsync("models/1", default), () => store.AcceptAsync(blob, "runs/1/run.json", default),
                     () => store.AcceptFolderAsync(unpacked, "slides/2/original", default), () => store.DeleteAsync("slides/1", default), () => store.ListAsync("slides", default), () => store.WorkAsync(["runs/1"], default),
                     () => store.UsageAsync(default), async () => await store.FilesAsync(default).CountAsync(),
                 ])
        {
            var e = await Assert.ThrowsAsync<BlobsAwayException>(call);
            Assert.True(e.Passing);
            Assert.StartsWith($"The S3 bucket '{S3Server.Bucket}' does not answer (", e.Message);
        }
        Assert.True(File.Exists(blob.Path) && !File.Exists(store.PathOf("runs/1/run.json")));
        Assert.True(Directory.Exists(unpacked) && !Directory.Exists(store.PathOf("slides/2/original")));
        Assert.NotNull(await store.FindAsync("slides/1/original.svs", default)); // never written anew, and here

        server.Start();
        await store.CheckAsync(default);
        await store.AcceptAsync(blob, "runs/1/run.json", default);
        await store.AcceptFolderAsync(unpacked, "slides/2/original", default);
        Assert.Equal(3, await store.FilesAsync(default).CountAsync());
    }

    [S3Fact]
    public async Task Who_can_wait_waits_and_is_told_why()
    {
        var told = new List<string>();
        using var store = new S3Blobs(folder, server.Options() with { WaitSeconds = 60 }, told.Add);
        server.Stop();
        var asked = store.FindAsync("runs/1/run.json", default);
        while (told.Count == 0 && !asked.IsCompleted)
            await Task.Delay(50);
        server.Start();
        Assert.Null(await asked);
        Assert.Contains("does not answer", told[0]);

        using var shortly = new S3Blobs(folder, server.Options() with { WaitSeconds = 3 }, told.Add);
        server.Stop();
        await Assert.ThrowsAsync<BlobsAwayException>(() => shortly.FindAsync("runs/1/run.json", default));
        server.Start();
    }

    [S3Fact]
    public async Task Work_that_ends_while_it_is_away_is_kept_when_it_is_back()
    {
        using var store = new S3Blobs(folder, server.Options() with { WaitSeconds = 60 }, _ => { });
        await using (var work = await store.WorkAsync(["runs/1"], default))
        {
            server.Stop();
            Directory.CreateDirectory(work.PathOf("runs/1"));
            File.WriteAllText(work.PathOf("runs/1/run.json"), "{}");
            var kept = work.KeepAsync(default);
            await Task.Delay(1000);
            Assert.False(kept.IsCompleted);
            server.Start();
            await kept;
        }
        Assert.Equal(["runs/1/run.json"], await store.FilesAsync(default).Select(file => file.Key).ToListAsync());
    }

    [S3Fact]
    public async Task One_that_refuses_is_not_waited_for()
    {
        var options = server.Options() with { WaitSeconds = 60 };
        foreach (var (wrong, said) in new[] { (options with { AccessKey = "nobody" }, "InvalidAccessKeyId"), (options with { Bucket = "no-such-bucket" }, "NoSuchBucket") })
        {
            using var store = new S3Blobs(folder, wrong, _ => Assert.Fail("It waits."));
            var e = await Assert.ThrowsAsync<BlobsAwayException>(() => store.ListAsync("slides", default));
            Assert.False(e.Passing);
            Assert.Contains($"The S3 bucket '{wrong.Bucket}' refuses", e.Message);
            Assert.Contains(said, e.Message);
            Assert.Contains("Mhim:S3", e.Message);
        }
    }
}
