using System.Collections;
using System.Diagnostics;

namespace Mhim.EndToEnd.Tests;

/// <summary>Worker processes of a test and its folder; both are gone when it ends.</summary>
sealed class WorkerProcesses(string name) : IEnumerable<Process>, IDisposable
{
    readonly List<Process> workers = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory($"mhim-{name}-").FullName;

    public void Start(string queues, string data, Dictionary<string, string> settings)
    {
        var worker = Server.StartProcess(settings, "worker", "--queues", queues, "--data", data);
        worker.BeginOutputReadLine();
        worker.BeginErrorReadLine();
        workers.Add(worker);
    }

    public IEnumerator<Process> GetEnumerator() => workers.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        foreach (var worker in workers)
        {
            if (!worker.HasExited)
                worker.Kill(entireProcessTree: true);
            worker.WaitForExit();
            worker.Dispose();
        }
        Directory.Delete(Folder, recursive: true);
    }
}
