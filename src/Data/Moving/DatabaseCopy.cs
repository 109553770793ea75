using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Mhim.Data.Moving;

/// <summary>All rows of one database into another, of either provider, in one transaction: a copy that is cut leaves nothing behind.</summary>
public static class DatabaseCopy
{
    const int Batch = 500;

    // Who is at work says so anew.
    static readonly Type[] LeftOut = [typeof(Worker)];

    /// <summary>A table of the database that has rows, or null: only an empty one can be copied into.</summary>
    public static async Task<string?> FirstWithRowsAsync(MhimContext context, CancellationToken cancel)
    {
        foreach (var entity in InOrder(context.Model))
            if (await CountAsync(context, entity, cancel) > 0)
                return entity.GetTableName();
        return null;
    }

    /// <summary>Copies everything and counts it in the target before that is made final.</summary>
    /// <param name="from">At the current schema; nobody else may write to it meanwhile.</param>
    /// <param name="to">At the current schema, empty.</param>
    /// <param name="cancel">Leaves the target as it was.</param>
    /// <returns>Rows by table.</returns>
    /// <exception cref="InvalidOperationException">The target does not have as many rows as the source; it was left as it was.</exception>
    public static async Task<IReadOnlyList<(string Table, long Rows)>> CopyAsync(MhimContext from, MhimContext to, CancellationToken cancel)
    {
        var copied = new List<(string, long)>();
        to.ChangeTracker.AutoDetectChangesEnabled = false;
        await using var transaction = await to.Database.BeginTransactionAsync(cancel);
        foreach (var entity in InOrder(from.Model))
        {
            var rows = await ((Task<long>)CopyMethod.MakeGenericMethod(entity.ClrType).Invoke(null, [from, to, cancel])!);
            var arrived = await CountAsync(to, entity, cancel);
            if (rows != arrived)
                throw new InvalidOperationException($"Table {entity.GetTableName()}: {rows} rows were read, {arrived} arrived.");
            await SetSequenceAsync(to, entity, cancel);
            copied.Add((entity.GetTableName()!, rows));
        }
        await transaction.CommitAsync(cancel);
        return copied;
    }

    static readonly System.Reflection.MethodInfo CopyMethod =
        typeof(DatabaseCopy).GetMethod(nameof(CopyTableAsync), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;

    static readonly System.Reflection.MethodInfo CountMethod =
        typeof(DatabaseCopy).GetMethod(nameof(CountTableAsync), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;

    static async Task<long> CopyTableAsync<T>(MhimContext from, MhimContext to, CancellationToken cancel) where T : class
    {
        long rows = 0;
        async Task WriteAsync()
        {
            await to.SaveChangesAsync(cancel);
            to.ChangeTracker.Clear();
        }
        await foreach (var row in from.Set<T>().AsNoTracking().AsAsyncEnumerable().WithCancellation(cancel))
        {
            to.Set<T>().Add(row);
            if (++rows % Batch == 0)
                await WriteAsync();
        }
        await WriteAsync();
        return rows;
    }

    static Task<long> CountTableAsync<T>(MhimContext context, CancellationToken cancel) where T : class => context.Set<T>().LongCountAsync(cancel);

    static Task<long> CountAsync(MhimContext context, IEntityType entity, CancellationToken cancel) =>
        (Task<long>)CountMethod.MakeGenericMethod(entity.ClrType).Invoke(null, [context, cancel])!;

    // Numbers that Postgres draws go on after those that came along.
    static async Task SetSequenceAsync(MhimContext context, IEntityType entity, CancellationToken cancel)
    {
        if (!context.Database.IsNpgsql() || entity.FindPrimaryKey()!.Properties is not [{ ValueGenerated: ValueGenerated.OnAdd } key] || (key.ClrType != typeof(long) && key.ClrType != typeof(int)))
            return;
        var (table, column) = (entity.GetTableName()!, key.GetColumnName());
#pragma warning disable EF1002 // names out of our own model
        await context.Database.ExecuteSqlRawAsync(
            $"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), COALESCE(MAX(\"{column}\"), 1), COUNT(*) > 0) FROM \"{table}\"", cancel);
#pragma warning restore EF1002
    }

    /// <summary>What others refer to comes before them.</summary>
    static IEnumerable<IEntityType> InOrder(IModel model)
    {
        var left = model.GetEntityTypes().Where(entity => !entity.IsOwned() && !LeftOut.Contains(entity.ClrType)).OrderBy(entity => entity.Name, StringComparer.Ordinal).ToList();
        while (left.Count > 0)
        {
            var next = left.First(entity => entity.GetForeignKeys().All(key => key.PrincipalEntityType == entity || !left.Contains(key.PrincipalEntityType)));
            left.Remove(next);
            yield return next;
        }
    }
}
