using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>One service and three workers over a Postgres, each a process of its own that is started again when it ends, however it ends.</summary>
sealed class ChaosFleet : IAsyncDisposable
{
    sealed class Member(string name, string[] words)
    {
        public string Name => name;

        public string[] Words => words;

        public Process? Process { get; set; }

        /// <summary>It has come up since it was started.</summary>
        public volatile bool Up;
    }

    readonly Dictionary<string, string> settings;
    readonly Member[] members;
    readonly CancellationTokenSource end = new();
    readonly Task keeping;
    readonly Lock gate = new();
    readonly Queue<string> log = new();

    public ChaosFleet(string connection, string data)
    {
        settings = new() { ["ConnectionStrings__Postgres"] = connection, ["Mhim__Workers__LeaseSeconds"] = "5", ["Mhim__Workers__LeftoverMinutes"] = "0.5" };
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Origin = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
        }
        members =
        [
            new("api", ["serve", "--no-workers", "--port", $"{Origin.Port}", "--data", data]),
            new("worker tiling", ["worker", "--queues", "tiling", "--data", data]),
            new("worker gpu", ["worker", "--queues", "gpu", "--data", data]),
            new("worker both", ["worker", "--queues", "tiling,gpu", "--data", data]),
        ];
        keeping = KeepAsync();
    }

    /// <summary>Where the service answers.</summary>
    public Uri Origin { get; }

    /// <summary>How often who was killed.</summary>
    public SortedDictionary<string, int> Kills { get; } = new(StringComparer.Ordinal);

    /// <summary>How often a process ended that nobody had killed.</summary>
    public int EndedAlone { get; private set; }

    /// <summary>The last lines that they wrote.</summary>
    public string Log
    {
        get
        {
            lock (log)
                return string.Join('\n', log);
        }
    }

    /// <summary>Kills one of those that are up (SIGKILL, that process alone): on a slow machine one that is killed while it starts would never do anything.</summary>
    public void Kill(Random random)
    {
        lock (gate)
        {
            var up = members.Where(one => one is { Up: true, Process.HasExited: false }).ToList();
            if (up.Count == 0)
                return;
            var member = up[random.Next(up.Count)];
            var process = member.Process!;
            process.Kill();
            process.WaitForExit();
            Kills[member.Name] = Kills.GetValueOrDefault(member.Name) + 1;
            Start(member);
        }
    }

    async Task KeepAsync()
    {
        while (!end.IsCancellationRequested)
        {
            lock (gate)
                foreach (var member in members)
                    if (member.Process is not { HasExited: false })
                    {
                        EndedAlone += member.Process is null ? 0 : 1;
                        Start(member);
                    }
            await Task.Delay(300);
        }
    }

    void Start(Member member)
    {
        member.Process?.Dispose();
        member.Up = false;
        var process = Server.StartProcess(settings, member.Words);
        process.OutputDataReceived += (_, line) => Keep(member, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(member, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        member.Process = process;
    }

    void Keep(Member member, string? line)
    {
        if (string.IsNullOrEmpty(line))
            return;
        if (line.Contains("Application started", StringComparison.Ordinal) || line.Contains("Working on", StringComparison.Ordinal))
            member.Up = true;
        lock (log)
        {
            log.Enqueue($"{member.Name}: {line}");
            if (log.Count > 4000)
                log.Dequeue();
        }
    }

    /// <summary>Ends them all, orderly (SIGTERM).</summary>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await keeping;
        foreach (var member in members)
            if (member.Process is { HasExited: false } process)
                using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
                    await kill.WaitForExitAsync();
        foreach (var member in members)
            if (member.Process is { } process)
            {
                if (!process.WaitForExit(TimeSpan.FromSeconds(40)))
                    process.Kill(entireProcessTree: true);
                process.Dispose();
            }
        end.Dispose();
    }
}
