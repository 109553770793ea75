using System.CommandLine;
using System.Globalization;
using Mhim.Data;
using Mhim.Data.Access;
using Mhim.Data.Entities;
using Mhim.Data.Settings;
using Mhim.Features;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim key create|list|revoke</c>: keys for the service, straight in its database; so the first one comes into being.</summary>
static class KeyCommand
{
    static Option<string> Data() => DataFolder.Option("Data folder of the service");

    public static Command Create() => new("key", "Keys for the service") { CreateKey(), ListKeys(), RevokeKey() };

    static ExampleCommand CreateKey()
    {
        var (name, data) = (new Option<string>("--name") { Description = "Whose key it is", Required = true }, Data());
        var role = new Option<Role>("--role") { Description = "viewer, researcher or admin", Required = true };
        var days = new Option<int?>("--expires-days") { Description = "Days until it stops working [default: it works until it is revoked]", HelpName = "N" }
            .Check(n => n is null or (>= 1 and <= 3650), "must be from 1 to 3650.");
        var command = new ExampleCommand("create", "Makes a key and prints it, once: only its hash is kept.",
            "mhim key create --name \"Dr. Kim\" --role researcher --expires-days 365",
            "ConnectionStrings__Postgres=\"Host=db;Database=mhim;Username=mhim\" mhim key create --name admin --role admin") { name, role, days, data };
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetRequiredValue(name).Trim() is not { Length: > 0 and <= 200 } called || called.Any(char.IsControl))
                throw new InputException("key-name", "The name of a key is 1 to 200 letters.");
            await using var context = await OpenAsync(parsed.GetValue(data)!, mayBeNew: true, cancel);
            var (secret, row) = ApiKeys.Make(called, parsed.GetValue(role), parsed.GetValue(days) is { } n ? DateTime.UtcNow.AddDays(n) : null);
            context.ApiKeys.Add(row);
            Note(context, "key create", row.Id);
            await context.SaveChangesAsync(cancel);
            Console.Error.WriteLine($"mhim: key {row.Id} for '{row.Name}', {Word(row.Role)}, {Until(row)}. It is shown only now:");
            Console.Out.WriteLine(secret);
        });
        return command;
    }

    static ExampleCommand ListKeys()
    {
        var data = Data();
        var command = new ExampleCommand("list", "Lists keys, without the keys themselves.", "mhim key list") { data };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var context = await OpenAsync(parsed.GetValue(data)!, mayBeNew: false, cancel);
            var now = DateTime.UtcNow;
            TextTable.Print(["id", "name", "key", "role", "state", "last used"], (await context.ApiKeys.AsNoTracking().OrderBy(k => k.CreatedAt).ToListAsync(cancel))
                .Select(k => (string[])[$"{k.Id}", k.Name, k.Start + "…", Word(k.Role), k.RevokedAt is not null ? "revoked" : k.WorksAt(now) ? Until(k) : "expired",
                    k.LastUsedAt?.ToString("u", CultureInfo.InvariantCulture) ?? "never"]));
        });
        return command;
    }

    static ExampleCommand RevokeKey()
    {
        var (id, data) = (new Argument<Guid>("ID") { Description = "As mhim key list shows it" }, Data());
        var command = new ExampleCommand("revoke", "Makes a key worthless, at once and for good.", "mhim key revoke 01890a5d-ac96-774b-bcce-b302099a8057") { id, data };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var context = await OpenAsync(parsed.GetValue(data)!, mayBeNew: false, cancel);
            if (!await ApiKeys.RevokeAsync(context, parsed.GetRequiredValue(id), cancel))
                throw new InputException("key-unknown", $"There is no key {parsed.GetRequiredValue(id)}; mhim key list shows those that there are.");
            Note(context, "key revoke", parsed.GetRequiredValue(id));
            await context.SaveChangesAsync(cancel);
            Console.Error.WriteLine("mhim: revoked.");
        });
        return command;
    }

    static async Task<MhimContext> OpenAsync(string folder, bool mayBeNew, CancellationToken cancel)
    {
        var data = DataOptions.From(SecretFiles.FromEnvironment()) with { Folder = Path.GetFullPath(folder) };
        if (data.Postgres is null && !File.Exists(data.SqliteFile))
        {
            if (!mayBeNew)
                throw new InputException("data-missing", $"No service has its data in '{data.Folder}'; name its folder with --data.");
            Console.Error.WriteLine($"mhim: a new database is made, for a service with --data {data.Folder}");
        }
        var contexts = new MhimContextFactory(data);
        // On SQLite only whoever has the folder alone may bring the schema up to date; a service that runs has done so.
        using (var alone = data.Postgres is null ? DataFolderLock.TryTake(data.Folder) : null)
            if (alone is not null || data.Postgres is not null)
                await contexts.MigrateAsync(cancel);
        return contexts.CreateDbContext();
    }

    static void Note(MhimContext context, string action, Guid key) => context.Audit.Add(new AuditEntry
        { Principal = "command-line", Name = Environment.UserName, Action = action, Resource = $"/api/v1/keys/{key}", Status = 200 });

    static string Word(Role role) => role.ToString().ToLowerInvariant();

    static string Until(ApiKey key) => key.ExpiresAt is { } end ? string.Create(CultureInfo.InvariantCulture, $"until {end:u}") : "until revoked";
}
