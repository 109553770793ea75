using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Mhim.Data.Sqlite;

/// <summary>The embedded default: one file, write-ahead log, a busy database is waited for.</summary>
public sealed class SqliteMhimContext(DbContextOptions<SqliteMhimContext> options) : MhimContext(options)
{
    /// <summary>Connection string for a database file.</summary>
    /// <param name="path">The file; made when missing.</param>
    public static string ConnectionStringFor(string path) =>
        new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30, ForeignKeys = true }.ToString();
}

// For `dotnet ef migrations add NAME --context SqliteMhimContext --output-dir Sqlite/Migrations`.
sealed class SqliteDesign : IDesignTimeDbContextFactory<SqliteMhimContext>
{
    public SqliteMhimContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteMhimContext>().UseSqlite("Data Source=design.db").Options);
}
