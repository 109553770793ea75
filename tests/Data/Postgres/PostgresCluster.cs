using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Mhim.Data.Tests.Postgres;

/// <summary>A real PostgreSQL of its own: fresh cluster in a temporary folder, a free port on loopback, gone at the end.</summary>
public sealed class PostgresCluster : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-pg-").FullName;
    readonly string bin;

    string Data => Path.Combine(folder, "data");

    public string ConnectionString { get; }

    /// <summary>Null when PostgreSQL is not installed.</summary>
    public static string? BinFolder =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;

    public PostgresCluster()
    {
        bin = BinFolder ?? throw new InvalidOperationException("PostgreSQL is not installed.");
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        if (Environment.UserName == "root")
            Run("chown", ["postgres", folder], asPostgres: false); // it refuses to run as root
        Run(Path.Combine(bin, "initdb"), ["-D", Data, "-U", "mhim", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        Start();
        ConnectionString = $"Host=127.0.0.1;Port={Port};Database=postgres;Username=mhim;Include Error Detail=true";
    }

    int Port { get; }

    /// <summary>A database of its own in the cluster.</summary>
    /// <param name="name">Letters; new.</param>
    public async Task<string> FreshAsync(string name)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync();
        return ConnectionString.Replace("Database=postgres", $"Database={name}");
    }

    void Start() => Run(Path.Combine(bin, "pg_ctl"), ["-D", Data, "-w", "-t", "60", "-l", Path.Combine(folder, "log"),
        "-o", $"-c listen_addresses=127.0.0.1 -c port={Port} -c unix_socket_directories={folder} -c fsync=off -c max_connections=100", "start"]);

    /// <summary>Stops it as an operator does, every connection with it, and starts it again.</summary>
    public void Restart()
    {
        Run(Path.Combine(bin, "pg_ctl"), ["-D", Data, "-m", "fast", "-w", "stop"]);
        Start();
    }

    /// <summary>Kills its main process (SIGKILL) and starts it again, which recovers from its log.</summary>
    public void KillAndRestart()
    {
        using (var main = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First())))
        {
            main.Kill();
            main.WaitForExit();
        }
        // Its children end when they notice; until then a new one is refused.
        for (var attempt = 0; ; attempt++)
            try
            {
                Start();
                return;
            }
            catch (InvalidOperationException) when (attempt < 20)
            {
                Thread.Sleep(250);
            }
    }

    public void Dispose()
    {
        Npgsql.NpgsqlConnection.ClearAllPools();
        Run(Path.Combine(bin, "pg_ctl"), ["-D", Data, "-m", "immediate", "-w", "stop"]);
        Directory.Delete(folder, recursive: true);
    }

    static void Run(string program, string[] arguments, bool asPostgres = true)
    {
        var root = asPostgres && Environment.UserName == "root";
        var start = new ProcessStartInfo(root ? "runuser" : program) { WorkingDirectory = "/" };
        foreach (var argument in root ? ["-u", "postgres", "--", program, .. arguments] : arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
    }
}
