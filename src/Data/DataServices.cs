using Mhim.Data.Blobs;
using Mhim.Data.Postgres;
using Mhim.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Mhim.Data;

/// <summary>Rows and blobs for a host, and the start of the database.</summary>
public static class DataServices
{
    /// <summary>
    /// Adds <see cref="MhimContext"/> (scoped, and <see cref="IDbContextFactory{TContext}"/> for work outside a request) on the provider that
    /// <paramref name="options"/> choose, and the <see cref="BlobStore"/>.
    /// </summary>
    public static IServiceCollection AddMhimData(this IServiceCollection services, DataOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(_ => BlobStore.Of(options)); // made by the container, so that it closes what is open
        services.AddSingleton<IDbContextFactory<MhimContext>>(new MhimContextFactory(options));
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<MhimContext>>().CreateDbContext());
        return services;
    }

    /// <summary>Brings the database to the current schema. On SQLite the caller must be the only process that uses the folder.</summary>
    public static async Task MigrateAsync(this IDbContextFactory<MhimContext> factory, CancellationToken cancel = default)
    {
        await using var context = await factory.CreateDbContextAsync(cancel);
        if (context is SqliteMhimContext)
        {
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL;", cancel);
            // EF's migration lock is a table here: one left by a killed process would be waited for forever.
            await context.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\";", cancel);
        }
        using var alone = context is PostgresMhimContext ? SchemaLock.Take(context.Database.GetConnectionString()!) : null;
        await context.Database.MigrateAsync(cancel);
    }
}

/// <summary>Makes contexts of the provider that the options choose; safe from any thread.</summary>
/// <param name="data">Where rows live.</param>
public sealed class MhimContextFactory(DataOptions data) : IDbContextFactory<MhimContext>
{
    readonly DbContextOptions options = data.Postgres is { } postgres
        ? new DbContextOptionsBuilder<PostgresMhimContext>().UseNpgsql(postgres).Options
        : new DbContextOptionsBuilder<SqliteMhimContext>().UseSqlite(SqliteMhimContext.ConnectionStringFor(Prepared(data).SqliteFile))
            .AddInterceptors(EveryAlphabet.Instance).Options;

    /// <inheritdoc/>
    public MhimContext CreateDbContext() => options switch
    {
        DbContextOptions<PostgresMhimContext> postgres => new PostgresMhimContext(postgres),
        DbContextOptions<SqliteMhimContext> sqlite => new SqliteMhimContext(sqlite),
        _ => throw new InvalidOperationException(),
    };

    static DataOptions Prepared(DataOptions data)
    {
        Directory.CreateDirectory(data.Folder);
        return data;
    }
}
