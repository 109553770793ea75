using Npgsql;

namespace Mhim.Data;

/// <summary>Lets one process after the other bring a Postgres to its schema; several start at once in production. The server lets go when the holder ends.</summary>
public static class SchemaLock
{
    const long Number = 0x6d68696d; // 'mhim'

    /// <summary>Waits for it.</summary>
    /// <param name="connectionString">The database.</param>
    /// <returns>Dispose it to let go.</returns>
    public static IDisposable Take(string connectionString)
    {
        // Not from the pool: a pooled connection would keep the lock.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
        try
        {
            connection.Open();
            using var command = new NpgsqlCommand($"SELECT pg_advisory_lock({Number})", connection) { CommandTimeout = 600 };
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
