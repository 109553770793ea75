using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Mhim.Data.Sqlite;

/// <summary>SQLite's own <c>lower</c> knows the letters of English alone; what people search for has those of all alphabets.</summary>
sealed class EveryAlphabet : DbConnectionInterceptor
{
    public static readonly EveryAlphabet Instance = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Teach(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Teach(connection);
        return Task.CompletedTask;
    }

    static void Teach(DbConnection connection) => ((SqliteConnection)connection).CreateFunction("lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);
}
