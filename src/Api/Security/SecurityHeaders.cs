namespace Mhim.Api.Security;

/// <summary>What every answer tells browsers: nothing of it is to be framed, guessed at or run. Pages say more themselves.</summary>
sealed class SecurityHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        // As the answer begins, because an error on the way throws away what was set before.
        http.Response.OnStarting(() =>
        {
            Set(http);
            return Task.CompletedTask;
        });
        return next(http);
    }

    static void Set(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (http.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        if (!http.Request.Path.StartsWithSegments("/api"))
            return;
        // Reports are pages of this service that carry their style and their pictures in themselves; nothing in them is run.
        var report = http.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true;
        headers.ContentSecurityPolicy = $"default-src 'none'; {(report ? "style-src 'unsafe-inline'; img-src data:; " : "")}frame-ancestors 'none'; sandbox";
        if (headers.CacheControl.Count == 0) // tiles may be kept
            headers.CacheControl = "no-store";
    }
}
