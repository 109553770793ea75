using Microsoft.Net.Http.Headers;

namespace Mhim.Api.Dashboard;

/// <summary>
/// The dashboard: built by Vite when this project is built (Dashboard.targets), embedded in the assembly with its compressed forms. Nobody is asked who they are
/// for it; what it then reads, it reads as whoever sits before it.
/// </summary>
static class DashboardPages
{
    const string Policy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    const string Index = "index.html";

    /// <summary>The first words of the addresses that the dashboard shows pages for (src/app/routes.tsx).</summary>
    static readonly string[] Pages = ["worklist", "slides", "view", "cohorts", "runs", "models", "encoders", "jobs", "admin"];

    static readonly Dictionary<string, string> Types = new()
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".css"] = "text/css; charset=utf-8", [".svg"] = "image/svg+xml",
    };

    static readonly DashboardFiles Files = new();

    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", Page).ExcludeFromDescription();
        foreach (var page in Pages)
            app.MapGet($"/{page}/{{**rest}}", Page).ExcludeFromDescription();
        // Their names change with their content.
        app.MapGet("/assets/{name}", (HttpContext http, string name) => Send(http, $"assets/{name}", "public, max-age=31536000, immutable")).ExcludeFromDescription();
        app.MapGet("/theme.js", (HttpContext http) => Send(http, "theme.js", "no-cache")).ExcludeFromDescription();
        app.MapGet("/favicon.svg", (HttpContext http) => Send(http, "favicon.svg", "no-cache")).ExcludeFromDescription();
        app.MapGet("/favicon.ico", () => TypedResults.NoContent()).ExcludeFromDescription();
    }

    static IResult Page(HttpContext http)
    {
        http.Response.Headers.ContentSecurityPolicy = Policy;
        return Send(http, Index, "no-cache");
    }

    static IResult Send(HttpContext http, string name, string keep)
    {
        if (Files.Find(name, Accepted(http.Request)) is not { } file)
            return TypedResults.NotFound();
        http.Response.Headers.CacheControl = keep;
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (file.Encoding is { } encoding)
            http.Response.Headers.ContentEncoding = encoding;
        return TypedResults.Bytes(file.Bytes, Types.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream"), entityTag: file.Tag);
    }

    // What the browser takes, best first; one that it gives the weight 0 it does not take.
    static IEnumerable<string> Accepted(HttpRequest request)
    {
        var wanted = request.GetTypedHeaders().AcceptEncoding;
        return new[] { "br", "gzip" }.Where(name => wanted.Any(one => one.Value == name && one.Quality is not 0));
    }
}
