using System.Data.Common;
using Mhim.Features;

namespace Mhim.Workers.Hosting;

/// <summary>What ends a service or a command and is no mistake of the program: said in a sentence, without a stack trace.</summary>
public static class Explanations
{
    /// <summary>The sentence about an error, with the way out; null for one that should not have happened.</summary>
    /// <param name="e">What was thrown.</param>
    public static string? Sentence(Exception e) => e switch
    {
        InputException => e.Message,
        // Full disks, missing rights: the system's own words are the clearest.
        UnauthorizedAccessException => $"{e.Message} Whoever runs mhim ({Environment.UserName}) needs the right to write there.",
        IOException { InnerException: not DbException } and not FileNotFoundException and not FileLoadException => e.Message,
        _ => Database(e),
    };

    /// <summary>The sentence about a database that is away or does not let us in; null when it is something else.</summary>
    /// <param name="e">What was thrown.</param>
    public static string? Database(Exception e)
    {
        for (var at = e; at is not null; at = at.InnerException)
            if (at is DbException database)
                return $"The database cannot be used: {database.Message.Split('\n', 2)[0].TrimEnd()}. On Postgres look at ConnectionStrings__Postgres and Mhim__Postgres__Password_FILE, on SQLite at the data folder (--data).";
        return null;
    }
}
