using Mhim.Data.Access;

namespace Mhim.Api.Security;

/// <summary>
/// The key of somebody who signed in with a browser: pictures, event streams and downloads cannot bear headers, cookies they can. No script reads it, and only
/// pages of this origin send it.
/// </summary>
static class SessionCookie
{
    public const string Name = "mhim-key";

    /// <summary>The key in it; null where there is none, or where a page of another origin is behind the request.</summary>
    public static string? KeyOf(HttpRequest request) =>
        request.Cookies[Name] is { Length: > 0 } key && key.StartsWith(ApiKeys.Prefix, StringComparison.Ordinal) && FromHere(request) ? key : null;

    public static void Set(HttpContext http, string key) => http.Response.Cookies.Append(Name, key, Options(http));

    public static void Remove(HttpContext http) => http.Response.Cookies.Delete(Name, Options(http));

    static CookieOptions Options(HttpContext http) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, Path = "/" };

    // SameSite lets other ports and names of the same site pass. What reads gives nothing to them (no CORS); what writes asks for more.
    static bool FromHere(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return true;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
            return site is "same-origin";
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
