using System.Net;
using Mhim.Api.Security;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Workers.Hosting;
using Microsoft.AspNetCore.Authorization;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Mhim.Api.Operations;

/// <summary>Who may read <c>/metrics</c>.</summary>
enum MetricsAccess
{
    /// <summary>Admins only.</summary>
    Admin,

    /// <summary>Admins, and whoever calls from this machine itself and not through a proxy.</summary>
    Loopback,

    /// <summary>Everybody who reaches the service.</summary>
    Anybody,
}

/// <summary>What those see who run the service: health, metrics, traces.</summary>
static class OperationsSetup
{
    const string AccessKey = "Mhim:Metrics:Access";
    const string Policy = "metrics";

    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static void AddMhimOperations(this IServiceCollection services, IConfiguration configuration)
    {
        var access = configuration[AccessKey] switch
        {
            null or "" => MetricsAccess.Loopback,
            var text when Enum.TryParse<MetricsAccess>(text, ignoreCase: true, out var known) && !int.TryParse(text, out _) => known,
            var text => throw new InputException("setting-unreadable", $"The setting '{AccessKey}' is admin, loopback or anybody, not '{text}'."),
        };
        services.AddMhimHealth();
        services.AddSingleton<JobFigures>();
        services.AddMhimTelemetry(
            traces => traces.AddAspNetCoreInstrumentation(options => options.Filter = http => !Quiet(http.Request.Path)),
            metrics => metrics.AddAspNetCoreInstrumentation().AddMeter(JobFigures.Name).AddPrometheusExporter());
        services.AddAuthorizationBuilder().AddPolicy(Policy, policy => policy.RequireAssertion(context =>
            access == MetricsAccess.Anybody || context.User.IsInRole(nameof(Role.Admin))
            || (access == MetricsAccess.Loopback && context.Resource is HttpContext http && FromHere(http))));
    }

    public static void MapMetrics(this WebApplication app)
    {
        var figures = app.Services.GetRequiredService<JobFigures>();
        var branch = ((IEndpointRouteBuilder)app).CreateApplicationBuilder();
        branch.Use(async (http, next) =>
        {
            await figures.LookAsync(http.RequestAborted);
            await next(http);
        });
        branch.UseOpenTelemetryPrometheusScrapingEndpoint(_ => true);
        app.MapGet("/metrics", branch.Build()).RequireAuthorization(Policy).ExcludeFromDescription();
    }

    static bool FromHere(HttpContext http) => http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !Proxied.Is(http);

    static bool Quiet(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics");
}
