using System.CommandLine;
using System.Globalization;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Blobs.S3;
using Mhim.Data.Moving;
using Mhim.Data.Settings;
using Mhim.Features;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim migrate</c>: from the embedded SQLite to Postgres, with all rows and files.</summary>
static class MigrateCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from-sqlite") { Description = "Data folder of the service that is moved; it must be stopped, and is left as it is", Required = true, HelpName = "DIR" };
        var to = new Option<string?>("--to") { Description = "Connection string of an empty Postgres database [default: ConnectionStrings__Postgres, which no process list shows]", HelpName = "CONNECTION" };
        var data = new Option<string?>("--data") { Description = "Data folder of the new service; the files are copied there [default: the old one, files stay]", HelpName = "DIR" };
        var command = new ExampleCommand("migrate", "Moves a service from SQLite to Postgres: all rows, and its files. Interrupted, the same command goes on.",
            "mhim migrate --from-sqlite mhim-data --to \"Host=db;Database=mhim;Username=mhim\"",
            "mhim migrate --from-sqlite mhim-data --data /srv/mhim") { from, to, data };
        command.GoesOn = true;
        command.SetAction((parsed, cancel) => RunAsync(Path.GetFullPath(parsed.GetRequiredValue(from)), parsed.GetValue(to), parsed.GetValue(data), cancel));
        return command;
    }

    static async Task RunAsync(string from, string? connection, string? data, CancellationToken cancel)
    {
        var old = new DataOptions(from);
        if (!File.Exists(old.SqliteFile))
            throw new InputException("data-missing", $"'{from}' is no data folder of a service: there is no {Path.GetFileName(old.SqliteFile)} in it.");
        var settings = SecretFiles.FromEnvironment();
        if (connection is not null)
            settings["ConnectionStrings:Postgres"] = connection;
        var next = DataOptions.From(settings) with { Folder = Path.GetFullPath(data ?? from) };
        if (next.Postgres is null)
            throw new InputException("postgres-missing", "Where to? Name an empty Postgres database with --to or ConnectionStrings__Postgres.");
        using var alone = DataFolderLock.TryTake(from)
            ?? throw new InputException("data-in-use", $"A mhim serves the data folder '{from}'; stop it first, so that nothing is added meanwhile.");
        var (source, target) = (new MhimContextFactory(old), new MhimContextFactory(next));
        try
        {
            await target.MigrateAsync(cancel);
        }
        catch (NpgsqlException e)
        {
            throw new InputException("postgres-unreachable", $"The Postgres database cannot be used: {e.Message}", e);
        }
        await source.MigrateAsync(cancel);
        await using var rows = source.CreateDbContext();
        await using var empty = target.CreateDbContext();
        if (await DatabaseCopy.FirstWithRowsAsync(empty, cancel) is { } table)
            throw new InputException("target-not-empty", $"The Postgres database is not empty (table {table} has rows); name an empty one, nothing is ever mixed.");
        if (next.BlobFolder != old.BlobFolder || next.S3 is not null)
        {
            // Into a bucket: the folder of the new service is that of its copies, and must not be the one that is left as it is.
            if (next.BlobFolder == old.BlobFolder)
                throw new InputException("data-wanted", $"With {S3Options.Section}:{nameof(S3Options.Bucket)} the new service needs a folder of its own for its copies; name one with --data.");
            var (files, bytes, copied) = await BlobCopy.CopyAsync(new BlobStore(old.BlobFolder), BlobStore.Of(next), cancel);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mhim: {files} files ({bytes / 1e6:0.0} MB) are in {(next.S3 is { } s3 ? $"the bucket {s3.Bucket}" : next.BlobFolder)}, {copied} of them copied now."));
        }
        var moved = await DatabaseCopy.CopyAsync(rows, empty, cancel);
        TextTable.Print(["table", "rows"], moved.Select(t => (string[])[t.Table, t.Rows.ToString(CultureInfo.InvariantCulture)]));
        Console.Error.WriteLine($"mhim: moved. Start the service with this ConnectionStrings__Postgres and --data {next.Folder}; {old.SqliteFile} is not used any more.");
    }
}
