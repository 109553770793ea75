using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mhim.Data.Blobs.S3;

namespace Mhim.Data.Tests.Blobs;

/// <summary>A real server that speaks S3, on loopback and a folder of its own; started when it is first wanted. Can be stopped and started again at the same port.</summary>
public sealed class S3Server : IDisposable
{
    public const string Bucket = "mhim-tests", Key = "S3RVER";

    readonly string folder = Directory.CreateTempSubdirectory("mhim-s3-").FullName;
    readonly List<string> log = [];
    Process? process;
    int port;

    static string? Program => Environment.GetEnvironmentVariable("MHIM_S3_SERVER") is { Length: > 0 } folder && Directory.Exists(Path.Combine(folder, "node_modules", "s3rver")) ? Path.Combine(folder, "server.mjs") : null;

    /// <summary>Why tests with it are skipped; null when they are not.</summary>
    public static string? Missing => Program is not null ? null
        : "there is no S3 server; run `npm ci` in tests/Data/s3-server and set MHIM_S3_SERVER to it, or start ./test with node and npm installed";

    /// <summary>What its buckets hold.</summary>
    public string[] Files => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(Path.Combine(folder, Bucket), "*._S3rver_object", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Path.Combine(folder, Bucket), file).Replace("._S3rver_object", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)] : [];

    /// <summary>How many requests it got whose method and address have these words.</summary>
    public int Requests(params string[] words)
    {
        lock (log)
            return log.Count(line => Array.TrueForAll(words, word => line.Contains(word, StringComparison.Ordinal)));
    }

    public string Address
    {
        get
        {
            if (process is null)
                Start();
            return $"http://127.0.0.1:{port}";
        }
    }

    /// <summary>A store's settings: its bucket, below a prefix that nobody else has.</summary>
    public S3Options Options(string? prefix = null) => new(Bucket)
    {
        ServiceUrl = Address, Prefix = prefix ?? $"test/{Guid.NewGuid():N}", ForcePathStyle = true, AccessKey = Key, SecretKey = Key, WaitSeconds = 0,
    };

    /// <summary>The same as a service's settings.</summary>
    /// <param name="separator">Between the words of a key.</param>
    public Dictionary<string, string> Settings(string separator = ":") => S3Options.Variables(Options()).Where(v => v.Value is not null)
        .ToDictionary(v => v.Name.Replace("__", separator, StringComparison.Ordinal), v => v.Value!);

    public void Start()
    {
        if (port == 0)
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }
        process = Process.Start(new ProcessStartInfo("node", [Program!, folder, $"{port}", Bucket]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var (listens, output) = (new TaskCompletionSource(), process.StandardOutput);
        _ = Task.Run(() =>
        {
            while (output.ReadLine() is { } line)
            {
                lock (log)
                    log.Add(line);
                if (line == "listening")
                    listens.TrySetResult();
            }
            listens.TrySetException(new InvalidOperationException("The S3 server does not start."));
        });
        listens.Task.Wait(TimeSpan.FromMinutes(1));
    }

    public void Stop()
    {
        process!.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    public void Dispose()
    {
        if (process is not null)
            Stop();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>A test with an S3 server.</summary>
public sealed class S3FactAttribute : FactAttribute
{
    public S3FactAttribute() => Skip = S3Server.Missing;
}
