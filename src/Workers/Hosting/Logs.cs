using Mhim.Features;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Mhim.Workers.Hosting;

/// <summary>One line per event on standard output: for people, or as JSON with every property (job, slide, trace) for machines.</summary>
public static class Logs
{
    /// <summary>Reads <c>Mhim:LogLevel</c> (<c>information</c> by default) and <c>Mhim:LogFormat</c> (<c>text</c>, the default, or <c>json</c>).</summary>
    /// <param name="log">What is set up.</param>
    /// <param name="configuration">The settings.</param>
    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static void Configure(LoggerConfiguration log, IConfiguration configuration)
    {
        var level = configuration["Mhim:LogLevel"] switch
        {
            null or "" => LogEventLevel.Information,
            var text when Enum.TryParse<LogEventLevel>(text, ignoreCase: true, out var known) && !int.TryParse(text, out _) => known,
            var other => throw new InputException("setting-unreadable", $"The setting 'Mhim:LogLevel' is {string.Join(", ", Enum.GetNames<LogEventLevel>()).ToLowerInvariant()}, not '{other}'."),
        };
        var others = (LogEventLevel)Math.Max((int)level, (int)LogEventLevel.Warning);
        log.MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", others)
            .MinimumLevel.Override("Hangfire", others)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", level)
            .Enrich.FromLogContext();
        _ = configuration["Mhim:LogFormat"] switch
        {
            null or "" or "text" => log.WriteTo.Console(outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}"),
            "json" => log.WriteTo.Console(new RenderedCompactJsonFormatter()),
            var other => throw new InputException("setting-unreadable", $"The setting 'Mhim:LogFormat' is text or json, not '{other}'."),
        };
    }
}
