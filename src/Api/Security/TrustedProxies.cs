using System.Net;
using Mhim.Features;
using Microsoft.AspNetCore.HttpOverrides;

namespace Mhim.Api.Security;

/// <summary>
/// Proxies that are believed when they say for whom they speak: the audit trail, the limits of requests and the cookie then know the caller's address, and that the
/// caller speaks TLS. Of anybody else those headers are no more than words.
/// </summary>
static class TrustedProxies
{
    /// <summary>Addresses and networks, such as <c>10.0.0.5, 172.18.0.0/16</c>; none by default.</summary>
    public const string Key = "Mhim:Proxy:Trusted";

    /// <summary>Puts what trusted proxies say in the place of what the connection says.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        if (From(app.Configuration) is { } options)
            app.UseForwardedHeaders(options);
    }

    /// <summary>Reads the setting; null: nobody is trusted.</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static ForwardedHeadersOptions? From(IConfiguration configuration)
    {
        var trusted = (configuration[Key] ?? "").Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (trusted.Length == 0)
            return null;
        // However many of them stand one behind the other: the first address that is none of theirs is the caller's.
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var one in trusted)
            if (IPAddress.TryParse(one, out var address))
                options.KnownProxies.Add(address);
            else if (System.Net.IPNetwork.TryParse(one, out var network))
                options.KnownIPNetworks.Add(network);
            else
                throw new InputException("setting-unreadable", $"The setting '{Key}' is addresses and networks of proxies, such as '10.0.0.5, 172.18.0.0/16', not '{one}'.");
        return options;
    }
}
