namespace Mhim.Api.Security;

/// <summary>Whether a request has come through a proxy, which speaks for others even where it runs on this machine.</summary>
static class Proxied
{
    // Of a proxy that is trusted, what it said is kept as X-Original-For.
    static readonly string[] Headers = ["X-Forwarded-For", "X-Original-For", "X-Real-IP", "Forwarded", "Via"];

    public static bool Is(HttpContext http) => Headers.Any(http.Request.Headers.ContainsKey);
}
