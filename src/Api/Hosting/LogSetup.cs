using Serilog;
using Serilog.AspNetCore;
using Serilog.Events;

namespace Mhim.Api.Hosting;

/// <summary>One line per event on standard output.</summary>
static class LogSetup
{
    public static void Configure(LoggerConfiguration log, IConfiguration configuration)
    {
        var level = Enum.TryParse<LogEventLevel>(configuration["Mhim:LogLevel"], ignoreCase: true, out var wanted) ? wanted : LogEventLevel.Information;
        var others = (LogEventLevel)Math.Max((int)level, (int)LogEventLevel.Warning);
        log.MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", others)
            .MinimumLevel.Override("Hangfire", others)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", level)
            .Enrich.FromLogContext()
            .WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}");
    }

    /// <summary>Tiles and polling would drown everything else.</summary>
    public static void Requests(RequestLoggingOptions options) => options.GetLevel = (http, _, exception) =>
        exception is not null || http.Response.StatusCode >= 500 ? LogEventLevel.Error
        : HttpMethods.IsGet(http.Request.Method) ? LogEventLevel.Debug : LogEventLevel.Information;
}
