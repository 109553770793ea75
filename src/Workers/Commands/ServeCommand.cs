using System.CommandLine;
using System.Runtime.InteropServices;
using Mhim.Features;
using Mhim.Workers.Jobs;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim serve</c>: replaces this process with the service, which lies in the same folder.</summary>
static partial class ServeCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1", DefaultValueFactory = _ => 8080 };
        var urls = new Option<string?>("--urls") { Description = "Full addresses instead of --port, joined by ';' (loopback only, unless --keys or OIDC is on)" };
        var keys = new Option<bool>("--keys") { Description = "Ask every caller for an API key (mhim key create)" };
        var noWorkers = new Option<bool>("--no-workers") { Description = "Leave all jobs to worker processes (mhim worker); needs Postgres" };
        var data = DataFolder.Option("Folder for database and files; made when missing");
        var models = new Option<string?>("--models") { Description = "Folder whose model folders are registered at start" };
        var device = new Option<string>("--device") { Description = "Where models run: auto, cpu, cuda or cuda:N", DefaultValueFactory = _ => "auto" };
        var command = new ExampleCommand("serve",
            "REST service, workers and dashboard in one process. Research use only.",
            "mhim serve",
            "mhim serve --port 9000 --data /srv/mhim --models /srv/models",
            "ConnectionStrings__Postgres=\"Host=db;Database=mhim;Username=mhim\" mhim serve --keys --urls http://0.0.0.0:8080") { port, urls, data, models, device, keys, noWorkers };
        command.SetAction((ParseResult parsed) =>
        {
            var service = Path.Combine(AppContext.BaseDirectory, "Mhim.Api.dll");
            if (!File.Exists(service))
                throw new InputException("service-missing", $"The service is not beside this program ({service} does not exist); start it with ./mhim serve.");
            List<string> args =
            [
                "dotnet", service,
                "--urls", parsed.GetValue(urls) ?? $"http://127.0.0.1:{parsed.GetValue(port)}",
                "--Mhim:Data", Path.GetFullPath(parsed.GetValue(data)!),
            ];
            // Words that were typed go before settings of the environment; defaults do not.
            if (parsed.GetResult(device) is { Implicit: false })
                args.AddRange(["--Mhim:Workers:Device", parsed.GetValue(device)!]);
            if (parsed.GetValue(models) is { } folder)
                args.AddRange(["--Mhim:Models", Path.GetFullPath(folder)]);
            if (parsed.GetValue(keys))
                args.AddRange(["--Mhim:Auth:Keys", "true"]);
            if (parsed.GetValue(noWorkers))
                args.AddRange(["--Mhim:Workers:TilingWorkers", "0", "--Mhim:Workers:GpuWorkers", "0"]);
            // The same process id, so that whoever started us still holds the right process.
            Execv(MhimProcess.Host, [.. args, null]);
            return NotStarted();
        });
        return command;
    }

    static int NotStarted() =>
        throw new InputException("service-not-started", $"The service could not be started with {MhimProcess.Host} (error {Marshal.GetLastPInvokeError()}).");

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execv(string path, string?[] arguments);
}
