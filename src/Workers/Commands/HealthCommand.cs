using System.CommandLine;
using Mhim.Data;
using Mhim.Data.Settings;
using Mhim.Features;
using Mhim.Workers.Hosting;
using Mhim.Workers.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim health</c>: whether the service, or the worker of this machine, is well; what containers are asked.</summary>
static class HealthCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "Where the service listens", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var worker = new Option<bool>("--worker") { Description = "Ask for a worker of this machine (mhim worker) instead; needs ConnectionStrings__Postgres" };
        var command = new ExampleCommand("health", "Ends with 0 when the service is ready to work, otherwise with 1 and a sentence.",
            "mhim health --url http://127.0.0.1:9000",
            "mhim health --worker") { url, worker };
        command.SetAction(async (parsed, cancel) =>
        {
            var problem = parsed.GetValue(worker) ? await WorkerAsync(cancel) : await ServiceAsync(parsed.GetValue(url)!, cancel);
            if (problem is null)
                return CommandLine.Ok;
            Console.Error.WriteLine($"mhim: {problem}");
            return CommandLine.Unexpected;
        });
        return command;
    }

    static async Task<string?> ServiceAsync(string url, CancellationToken cancel)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var service))
            throw new InputException("address-unreadable", $"'{url}' is not an address like http://127.0.0.1:8080.");
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(8) };
        try
        {
            using var answer = await client.GetAsync(new Uri(service, "/health/ready"), cancel);
            return answer.IsSuccessStatusCode ? null : $"The service is not ready: {await answer.Content.ReadAsStringAsync(cancel)}";
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return $"The service does not answer at {url}: {e.Message}";
        }
    }

    static async Task<string?> WorkerAsync(CancellationToken cancel)
    {
        var configuration = SecretFiles.FromEnvironment();
        var data = DataOptions.From(configuration);
        if (data.Postgres is null)
            throw new InputException("postgres-missing", "Workers of their own share a Postgres with the service; name it with ConnectionStrings__Postgres.");
        await using var context = new MhimContextFactory(data).CreateDbContext();
        var (host, options) = (Environment.MachineName, WorkerOptions.From(configuration));
        try
        {
            return await context.Workers.Living(options).AnyAsync(w => w.Host == host, cancel) ? null : $"No worker of {host} has been seen in the last {options.LeaseSeconds} s.";
        }
        catch (Exception e) when (Explanations.Database(e) is { } away)
        {
            return away;
        }
    }
}
