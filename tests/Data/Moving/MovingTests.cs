using System.Diagnostics;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Data.Moving;
using Mhim.Data.Tests.Postgres;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Mhim.Data.Tests.Moving;

/// <summary>From SQLite to Postgres, and the ways to back up that the documentation gives.</summary>
public sealed class MovingTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>, IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-moving-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Database(string name)
    {
        using var connection = new NpgsqlConnection(cluster.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = name }.ToString();
    }

    static async Task FillAsync(MhimContext context)
    {
        for (var i = 0; i < 700; i++)
        {
            var slide = new Slide { Name = $"s{i}", FileName = "s.svs", Sha256 = $"{i:x64}", Vendor = "v", BlobKey = "k", Mpp = 0.1 + i / 3.0, State = SlideState.Ready };
            context.Add(slide);
            context.Add(new Job { Kind = JobKind.Tile, Queue = JobQueues.Tiling, Key = $"tile:{i}", SlideId = slide.Id, State = JobState.Succeeded, FinishedAt = DateTime.UtcNow });
            context.Add(new AuditEntry { Principal = "key:1", Action = "POST", Resource = $"/api/v1/slides/{slide.Id}", Status = 201 });
        }
        context.Add(new Worker { Host = "here", Queues = "gpu", Device = "cpu", Version = "1" });
        await context.SaveChangesAsync();
    }

    static async Task<List<string>> SlidesAsync(MhimContext context) =>
        (await context.Slides.AsNoTracking().OrderBy(s => s.Id).ToListAsync()).ConvertAll(s => $"{s.Id} {s.Name} {s.Mpp:R} {s.CreatedAt:O} {s.State}");

    [Fact]
    public async Task Every_row_arrives_as_it_was_and_new_rows_can_follow()
    {
        var (source, target) = (new MhimContextFactory(new DataOptions(folder)), new MhimContextFactory(new DataOptions(folder, Database("moved"))));
        await source.MigrateAsync();
        await target.MigrateAsync();
        await using (var context = source.CreateDbContext())
            await FillAsync(context);
        await using var from = source.CreateDbContext();
        await using var to = target.CreateDbContext();
        Assert.Null(await DatabaseCopy.FirstWithRowsAsync(to, default));

        var moved = (await DatabaseCopy.CopyAsync(from, to, default)).ToDictionary(t => t.Table, t => t.Rows);

        Assert.Equal((700, 700, 700), (moved["Slides"], moved["Jobs"], moved["Audit"]));
        Assert.Equal(await SlidesAsync(from), await SlidesAsync(to));
        Assert.Equal(await from.Audit.OrderBy(e => e.Id).Select(e => e.Resource).ToListAsync(), await to.Audit.OrderBy(e => e.Id).Select(e => e.Resource).ToListAsync());
        Assert.Empty(to.Workers);
        Assert.NotNull(await DatabaseCopy.FirstWithRowsAsync(to, default));
        // The number that the database draws does not meet one that came along.
        to.Add(new AuditEntry { Principal = "key:1", Action = "POST", Resource = "/after", Status = 200 });
        await to.SaveChangesAsync();
    }

    [Fact]
    public async Task A_copy_that_fails_leaves_the_target_empty()
    {
        var (source, target) = (new MhimContextFactory(new DataOptions(folder)), new MhimContextFactory(new DataOptions(folder, Database("cut"))));
        await source.MigrateAsync();
        await target.MigrateAsync();
        await using var from = source.CreateDbContext();
        await FillAsync(from);
        await using var to = target.CreateDbContext();
        await to.Database.ExecuteSqlRawAsync("ALTER TABLE \"Slides\" ADD CONSTRAINT fails CHECK (\"Name\" <> 's600')");
        await Assert.ThrowsAnyAsync<DbUpdateException>(() => DatabaseCopy.CopyAsync(from, to, default));
        to.ChangeTracker.Clear();
        Assert.Null(await DatabaseCopy.FirstWithRowsAsync(to, default));
    }

    [Fact]
    public async Task Files_are_copied_whole_and_those_that_are_there_are_not_copied_again()
    {
        var (from, to) = (Path.Combine(folder, "from"), Path.Combine(folder, "to"));
        foreach (var (name, content) in new[] { ("slides/a/original.svs", "slide"), ("models/b/config.json", "{}"), ("incoming/x", "half") })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(from, name))!);
            File.WriteAllText(Path.Combine(from, name), content);
        }
        Assert.Equal((2, 7, 2), await BlobCopy.CopyAsync(new BlobStore(from), new BlobStore(to), default));
        File.WriteAllText(Path.Combine(to, "models/b/config.json"), ""); // as if it had been cut
        Assert.Equal((2, 7, 1), await BlobCopy.CopyAsync(new BlobStore(from), new BlobStore(to), default));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(to, "models/b/config.json")));
        Assert.Equal(2, Directory.GetFiles(to, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task What_a_killed_copy_leaves_is_swept()
    {
        var (from, to, left) = (Path.Combine(folder, "from"), Path.Combine(folder, "to"), Path.Combine(folder, "left"));
        Directory.CreateDirectory(Path.Combine(from, "slides"));
        // A pipe is a file whose end never comes.
        var pipe = Path.Combine(from, "slides", "original.svs");
        using (var made = Process.Start("mkfifo", pipe))
            await made.WaitForExitAsync();
        var copying = Task.Run(() => BlobCopy.CopyAsync(new BlobStore(from), new BlobStore(to), default)); // opening a pipe waits for its other end
        await using (var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1))
        {
            await Task.Run(() => writer.Write(new byte[1 << 20])); // more than a pipe holds: when it is written, most has been copied
            foreach (var file in Directory.GetFiles(to, "*", SearchOption.AllDirectories)) // what a kill would leave now
            {
                var copy = Path.Combine(left, Path.GetRelativePath(to, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.WriteAllBytes(copy, []); // it cannot be read meanwhile
            }
        }
        Assert.Equal(1, (await copying).Copied);
        Assert.Single(Directory.GetFiles(left, "*", SearchOption.AllDirectories));
        Assert.Empty(await new BlobStore(left).FilesAsync(default).ToListAsync());
        new BlobStore(left).SweepIncoming(TimeSpan.Zero);
        Assert.Empty(Directory.GetFiles(left, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_dump_of_Postgres_is_restored_with_every_row()
    {
        var (source, restored) = (Database("backed"), Database("restored"));
        var contexts = new MhimContextFactory(new DataOptions(folder, source));
        await contexts.MigrateAsync();
        await using var from = contexts.CreateDbContext();
        await FillAsync(from);
        var dump = Path.Combine(folder, "mhim.dump");
        Run("pg_dump", "--format=custom", "--file", dump, "--dbname", Uri(source));
        Run("pg_restore", "--exit-on-error", "--dbname", Uri(restored), dump);
        await using var to = new MhimContextFactory(new DataOptions(folder, restored)).CreateDbContext();
        Assert.Equal(await SlidesAsync(from), await SlidesAsync(to));
        Assert.Equal(700, await to.Audit.CountAsync());
        Assert.Empty(await to.Database.GetPendingMigrationsAsync());
    }

    [Fact]
    public async Task A_SQLite_that_is_in_use_is_backed_up_with_every_row()
    {
        var contexts = new MhimContextFactory(new DataOptions(folder));
        await contexts.MigrateAsync();
        await using var from = contexts.CreateDbContext();
        await FillAsync(from);
        var copy = Directory.CreateDirectory(Path.Combine(folder, "backup")).FullName;
        await from.Database.ExecuteSqlAsync($"VACUUM INTO {Path.Combine(copy, "mhim.db")}");
        await using var to = new MhimContextFactory(new DataOptions(copy)).CreateDbContext();
        Assert.Equal(await SlidesAsync(from), await SlidesAsync(to));
    }

    static string Uri(string connection)
    {
        var parts = new NpgsqlConnectionStringBuilder(connection);
        return $"postgresql://{parts.Username}@{parts.Host}:{parts.Port}/{parts.Database}";
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(PostgresCluster.BinFolder!, program), arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }
}
