using System.Net;
using Mhim.Api.Hosting;

namespace Mhim.Api.Security;

/// <summary>
/// An open service does not ask who is calling, so it answers only to its own names: a web page elsewhere that has its name resolve to this
/// machine (DNS rebinding), or posts a form across origins, gets nothing. Neither does another machine, nor anybody for whom a proxy on this machine speaks.
/// </summary>
sealed class LoopbackOnly(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        // Kestrel's own settings may open other addresses than those that were checked; the name in a request is what its caller says.
        if (http.Connection.RemoteIpAddress is { } caller && !IPAddress.IsLoopback(caller.IsIPv4MappedToIPv6 ? caller.MapToIPv4() : caller))
        {
            await Problems.Of(StatusCodes.Status403Forbidden, "caller-foreign", "This service asks nobody who they are, so it answers only to this machine; start it with --keys.").ExecuteAsync(http);
            return;
        }
        if (!IsLocal(request.Host.Host))
        {
            await Problems.Of(StatusCodes.Status403Forbidden, "host-unknown", "This service answers only to localhost and 127.0.0.1.").ExecuteAsync(http);
            return;
        }
        if (Proxied.Is(http))
        {
            await Problems.Of(StatusCodes.Status403Forbidden, "proxy-open", "This service asks nobody who they are, so it answers only to this machine and not through a proxy; start it with --keys.").ExecuteAsync(http);
            return;
        }
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
            && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            await Problems.Of(StatusCodes.Status403Forbidden, "origin-foreign", "Pages of other origins may not change anything here.").ExecuteAsync(http);
            return;
        }
        await next(http);
    }

    static bool IsLocal(string host) => host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
