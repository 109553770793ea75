using Serilog.AspNetCore;
using Serilog.Events;

namespace Mhim.Api.Hosting;

/// <summary>Which requests are worth a line.</summary>
static class LogSetup
{
    /// <summary>Tiles and polling would drown everything else.</summary>
    public static void Requests(RequestLoggingOptions options) => options.GetLevel = (http, _, exception) =>
        exception is not null || http.Response.StatusCode >= 500 ? LogEventLevel.Error
        : HttpMethods.IsGet(http.Request.Method) ? LogEventLevel.Debug : LogEventLevel.Information;
}
