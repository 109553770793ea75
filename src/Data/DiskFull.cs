using Microsoft.Data.Sqlite;

namespace Mhim.Data;

/// <summary>Tells a disk that has no room left from all else that can go wrong with a file.</summary>
public static class DiskFull
{
    /// <summary>The stable word for it, of requests and of jobs.</summary>
    public const string Code = "disk-full";

    // The numbers of Linux and macOS (ENOSPC, EDQUOT), then those of Windows (ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL).
    static readonly int[] Numbers = [28, OperatingSystem.IsMacOS() ? 69 : 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    // SQLITE_FULL; a Postgres without room is away (DatabaseAway) until somebody makes some.
    const int SqliteFull = 13;

    /// <summary>The error of a disk that would have no room left.</summary>
    public static IOException Error(string sentence) => new(sentence, Numbers[0]);

    /// <summary>Whether that is what an exception says.</summary>
    public static bool Is(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if ((exception is IOException && Numbers.Contains(exception.HResult)) || exception is SqliteException { SqliteErrorCode: SqliteFull })
                return true;
        return false;
    }
}
