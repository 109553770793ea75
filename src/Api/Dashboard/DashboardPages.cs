namespace Mhim.Api.Dashboard;

/// <summary>The dashboard: one page, its script and its style, embedded in the assembly.</summary>
static class DashboardPages
{
    const string Policy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            return File("index.html", "text/html; charset=utf-8");
        }).ExcludeFromDescription();
        app.MapGet("/dashboard.js", () => File("dashboard.js", "text/javascript; charset=utf-8")).ExcludeFromDescription();
        app.MapGet("/dashboard.css", () => File("dashboard.css", "text/css; charset=utf-8")).ExcludeFromDescription();
        app.MapGet("/favicon.ico", () => TypedResults.NoContent()).ExcludeFromDescription();
    }

    static IResult File(string name, string type) => TypedResults.Stream(
        typeof(DashboardPages).Assembly.GetManifestResourceStream($"Dashboard/{name}") ?? throw new InvalidOperationException($"{name} is not embedded."), type);
}
