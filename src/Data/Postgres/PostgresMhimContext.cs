using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Mhim.Data.Postgres;

/// <summary>For production: many processes on many machines share it.</summary>
public sealed class PostgresMhimContext(DbContextOptions<PostgresMhimContext> options) : MhimContext(options);

// For `dotnet ef migrations add NAME --context PostgresMhimContext --output-dir Postgres/Migrations`.
sealed class PostgresDesign : IDesignTimeDbContextFactory<PostgresMhimContext>
{
    public PostgresMhimContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresMhimContext>().UseNpgsql("Host=localhost").Options);
}
