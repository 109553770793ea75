using Mhim.Data.Blobs.S3;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Mhim.Data;

/// <summary>Where rows and blobs live.</summary>
/// <param name="Folder">Full path of the data folder: blobs, the SQLite file, the lock.</param>
/// <param name="Postgres">Connection string; null means SQLite in <paramref name="Folder"/>.</param>
public sealed record DataOptions(string Folder, string? Postgres = null)
{
    /// <summary>Configuration key of the data folder.</summary>
    public const string FolderKey = "Mhim:Data";

    /// <summary>The data folder where nothing names another, in the folder where the program is called.</summary>
    public const string DefaultFolder = "mhim-data";

    /// <summary>Configuration key of the password for Postgres, when the connection string has none: it may come from a file of its own.</summary>
    public const string PasswordKey = "Mhim:Postgres:Password";

    /// <summary>The bucket that holds the blobs; null: the folder holds them itself.</summary>
    public S3Options? S3 { get; init; }

    /// <summary>Reads <c>Mhim:Data</c> (default <c>./mhim-data</c>), <c>ConnectionStrings:Postgres</c>, <see cref="PasswordKey"/> and <c>Mhim:S3</c>.</summary>
    /// <exception cref="Settings.SettingException">A setting cannot be used.</exception>
    public static DataOptions From(IConfiguration configuration)
    {
        var folder = configuration[FolderKey];
        var postgres = configuration.GetConnectionString("Postgres");
        return new DataOptions(Path.GetFullPath(string.IsNullOrWhiteSpace(folder) ? DefaultFolder : folder),
            string.IsNullOrWhiteSpace(postgres) ? null : Checked(postgres, configuration[PasswordKey])) { S3 = S3Options.From(configuration) };
    }

    static string Checked(string connection, string? password)
    {
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(connection);
            if (string.IsNullOrEmpty(password))
                return connection;
            parts.Password ??= password;
            return parts.ToString();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // What it says holds a password, and so may what Npgsql says of it.
            throw new Settings.SettingException("The setting 'ConnectionStrings:Postgres' is no connection string of Npgsql; write it as 'Host=db;Port=5432;Database=mhim;Username=mhim'. "
                + "An address such as postgresql://db/mhim is none.");
        }
    }

    /// <summary>The SQLite file of the embedded default.</summary>
    public string SqliteFile => Path.Combine(Folder, "mhim.db");

    /// <summary>Root of the blobs; with <see cref="S3"/>, of the copies on this machine.</summary>
    public string BlobFolder => Path.Combine(Folder, "blobs");
}
