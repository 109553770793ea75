using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mhim.Workers.Tests.Jobs;

public sealed class OrphanSweepTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-orphans-").FullName;
    readonly DataOptions data;
    readonly MhimContextFactory contexts;
    readonly OrphanSweep sweep;

    public OrphanSweepTests()
    {
        data = new DataOptions(folder);
        contexts = new MhimContextFactory(data);
        contexts.MigrateAsync().Wait();
        sweep = new OrphanSweep(contexts, BlobStore.Of(data), NullLogger<OrphanSweep>.Instance);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Put(string kind, Guid id)
    {
        var at = Directory.CreateDirectory(Path.Combine(data.BlobFolder, kind, $"{id}")).FullName;
        File.WriteAllText(Path.Combine(at, "file"), "x");
        return at;
    }

    async Task<string> SlideAsync()
    {
        await using var context = contexts.CreateDbContext();
        var slide = new Slide { Name = "s", FileName = "s.svs", Sha256 = $"{Guid.NewGuid():n}", Vendor = "v", BlobKey = "k", State = SlideState.Ready };
        context.Add(slide);
        await context.SaveChangesAsync();
        return Put("slides", slide.Id);
    }

    [Fact]
    public async Task What_no_row_knows_is_removed_once_it_is_old_enough()
    {
        var (known, orphan) = (await SlideAsync(), Put("runs", Guid.NewGuid()));

        Assert.Equal(0, await sweep.RunAsync(TimeSpan.FromMinutes(60), default));
        Assert.True(Directory.Exists(orphan));

        Assert.Equal(1, await sweep.RunAsync(TimeSpan.Zero, default));
        Assert.False(Directory.Exists(orphan));
        Assert.True(Directory.Exists(known));
    }

    [Fact]
    public async Task A_database_that_knows_nothing_removes_nothing()
    {
        var slide = Put("slides", Guid.NewGuid());

        Assert.Equal(0, await sweep.RunAsync(TimeSpan.Zero, default));
        Assert.True(Directory.Exists(slide));
    }

    [Fact]
    public async Task A_database_that_does_not_know_most_of_the_files_removes_none()
    {
        // Another database than theirs, to which somebody has uploaded a slide already.
        await SlideAsync();
        var others = Enumerable.Range(0, OrphanSweep.FewEnough + 1).Select(_ => Put("slides", Guid.NewGuid())).ToList();

        Assert.Equal(0, await sweep.RunAsync(TimeSpan.Zero, default));
        Assert.All(others, at => Assert.True(Directory.Exists(at)));
    }
}
