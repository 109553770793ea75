using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Mhim.Data;

/// <summary>
/// Tells rows that contradict what is written (a value that must be unique is taken, a row that is referred to is gone, or is still referred to) from all else for which
/// a database refuses: a full disk, a lock that is held for too long, an error of its own.
/// </summary>
public static class RowConflict
{
    // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID, _FOREIGNKEY; a row that may not go while others refer to it is said with the number of triggers.
    static readonly int[] Sqlite = [1555, 2067, 2579, 787];
    const int SqliteTrigger = 1811;

    static readonly string[] Postgres = [PostgresErrorCodes.UniqueViolation, PostgresErrorCodes.ForeignKeyViolation, PostgresErrorCodes.RestrictViolation];

    /// <summary>Whether that is what an exception says. Nothing was written then.</summary>
    public static bool Is(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception switch
                {
                    DbUpdateConcurrencyException => true, // a row that was to be changed is gone
                    SqliteException sqlite => Sqlite.Contains(sqlite.SqliteExtendedErrorCode)
                        || (sqlite.SqliteExtendedErrorCode == SqliteTrigger && sqlite.Message.Contains("FOREIGN KEY", StringComparison.Ordinal)),
                    PostgresException postgres => Postgres.Contains(postgres.SqlState),
                    _ => false,
                })
                return true;
        return false;
    }
}
