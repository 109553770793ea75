using Microsoft.EntityFrameworkCore;

namespace Mhim.Data.Tests.Sqlite;

public sealed class SqliteMhimContextTests : MhimContextTests, IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-data-").FullName;

    protected override DataOptions Options => new(folder);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_database_writes_ahead_and_a_lock_left_by_a_killed_migration_is_not_waited_for()
    {
        var contexts = new MhimContextFactory(Options);
        await contexts.MigrateAsync();
        await using var context = contexts.CreateDbContext();
        Assert.Equal("wal", (await context.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").ToListAsync()).Single());
        await context.Database.ExecuteSqlRawAsync("""
            CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01');
            """);
        await contexts.MigrateAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
    }

    [Fact]
    public void A_folder_has_one_server()
    {
        using (var first = DataFolderLock.TryTake(folder))
        {
            Assert.NotNull(first);
            Assert.Null(DataFolderLock.TryTake(folder));
        }
        using var next = DataFolderLock.TryTake(folder);
        Assert.NotNull(next);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_not_taken_for_one_that_is_in_use()
    {
        Directory.CreateDirectory(Path.Combine(folder, ".lock"));
        Assert.ThrowsAny<Exception>(() => DataFolderLock.TryTake(folder)?.Dispose());
    }
}
