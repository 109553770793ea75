using Microsoft.Extensions.Configuration;

namespace Mhim.Data;

/// <summary>Where rows and blobs live.</summary>
/// <param name="Folder">Full path of the data folder: blobs, the SQLite file, the lock.</param>
/// <param name="Postgres">Connection string; null means SQLite in <paramref name="Folder"/>.</param>
public sealed record DataOptions(string Folder, string? Postgres = null)
{
    /// <summary>Configuration key of the data folder.</summary>
    public const string FolderKey = "Mhim:Data";

    /// <summary>Reads <c>Mhim:Data</c> (default <c>./mhim-data</c>) and <c>ConnectionStrings:Postgres</c>.</summary>
    public static DataOptions From(IConfiguration configuration)
    {
        var folder = configuration[FolderKey];
        var postgres = configuration.GetConnectionString("Postgres");
        return new DataOptions(Path.GetFullPath(string.IsNullOrWhiteSpace(folder) ? "mhim-data" : folder),
            string.IsNullOrWhiteSpace(postgres) ? null : postgres);
    }

    /// <summary>The SQLite file of the embedded default.</summary>
    public string SqliteFile => Path.Combine(Folder, "mhim.db");

    /// <summary>Root of the blobs.</summary>
    public string BlobFolder => Path.Combine(Folder, "blobs");
}
