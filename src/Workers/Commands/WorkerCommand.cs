using System.CommandLine;
using Mhim.Data.Entities;
using Mhim.Data.Settings;
using Mhim.Features;
using Mhim.Workers.Hosting;
using Mhim.Workers.Jobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim worker</c>: takes up jobs and does nothing else, on any number of machines that share a Postgres and the data folder.</summary>
static class WorkerCommand
{
    public static Command Create()
    {
        var queues = new Option<string>("--queues") { Description = "Which jobs: tiling, gpu, or both joined by ','", DefaultValueFactory = _ => "tiling,gpu" };
        var data = DataFolder.Option("Data folder, shared with the service and all other workers");
        var device = new Option<string>("--device") { Description = "Where models run: auto, cpu, cuda or cuda:N", DefaultValueFactory = _ => "auto" };
        var atOnce = new Option<int?>("--jobs") { Description = "Jobs of a queue at once [default: half the cores for tiling, 1 for gpu]", HelpName = "N" }
            .Check(n => n is null or (>= 1 and <= 256), "must be from 1 to 256.");
        var command = new ExampleCommand("worker",
            "Takes up jobs of a service that runs elsewhere (mhim serve --no-workers). Needs ConnectionStrings__Postgres.",
            "mhim worker --queues tiling --data /srv/mhim",
            "mhim worker --queues gpu --device cuda:0 --data /srv/mhim") { queues, data, device, atOnce };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(queues)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Path.GetFullPath(parsed.GetValue(data)!), parsed.GetResult(device) is { Implicit: false } ? parsed.GetValue(device) : null, parsed.GetValue(atOnce), cancel));
        return command;
    }

    static async Task RunAsync(string[] queues, string data, string? device, int? atOnce, CancellationToken cancel)
    {
        if (queues.Length == 0 || !queues.All(JobQueues.All.Contains))
            throw new InputException("queue-unknown", $"--queues is {JobQueues.Tiling}, {JobQueues.Gpu}, or both joined by ','.");
        var usual = new WorkerOptions();
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddSecretFiles();
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("Postgres")))
            throw new InputException("postgres-missing", "Workers of their own share a Postgres with the service; name it with ConnectionStrings__Postgres (mhim serve alone needs neither).");
        int Count(string queue, int most) => queues.Contains(queue) ? atOnce ?? most : 0;
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mhim:Data"] = data,
            ["Mhim:Workers:Device"] = device ?? builder.Configuration["Mhim:Workers:Device"],
            ["Mhim:Workers:TilingWorkers"] = $"{Count(JobQueues.Tiling, usual.TilingWorkers)}",
            ["Mhim:Workers:GpuWorkers"] = $"{Count(JobQueues.Gpu, usual.GpuWorkers)}",
        });
        builder.Services.AddSerilog(log => Logs.Configure(log, builder.Configuration));
        builder.Services.AddMhimTelemetry();
        builder.Services.AddMhimWorkers(builder.Configuration);
        using var host = builder.Build();
        await host.StartAsync(cancel);
        Log(host, queues);
        await host.WaitForShutdownAsync(cancel);
    }

    static void Log(IHost host, string[] queues) =>
        ((ILoggerFactory)host.Services.GetService(typeof(ILoggerFactory))!).CreateLogger("mhim").LogInformation("Working on {Queues}", string.Join(", ", queues));
}
