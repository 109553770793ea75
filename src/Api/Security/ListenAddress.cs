using System.Net;
using Mhim.Features;

namespace Mhim.Api.Security;

/// <summary>Where the service may listen: on this machine alone as long as nobody has to say who they are.</summary>
static class ListenAddress
{
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>Checks addresses joined by ';'.</summary>
    /// <param name="urls">The addresses.</param>
    /// <param name="open">Nobody is asked who they are.</param>
    /// <exception cref="InputException"><c>address-unreadable</c>, <c>address-not-loopback</c>.</exception>
    public static void Check(string urls, bool open)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(url.Replace("//*", "//0.0.0.0").Replace("//+", "//0.0.0.0"), UriKind.Absolute, out var uri))
                throw new InputException("address-unreadable", $"'{url}' is not an address to listen on; write one like {Default}.");
            if (open && uri.Host != "localhost" && !(IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)))
                throw new InputException("address-not-loopback",
                    $"'{url}' can be reached from other machines, and this service does not ask who is calling; start it with --keys (mhim key create makes the first one), "
                    + $"or set Mhim:Auth:Oidc:Authority, or listen on {Default}.");
        }
    }
}
