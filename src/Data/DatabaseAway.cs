using System.Data.Common;

namespace Mhim.Data;

/// <summary>Tells a database that is away for a while (restarting, unreachable) from one that refuses what it is told.</summary>
public static class DatabaseAway
{
    /// <summary>Whether that is what an exception says. What was sent last may or may not have been kept then.</summary>
    public static bool Is(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is DbException { IsTransient: true })
                return true;
        return false;
    }
}
