using System.Collections.Concurrent;
using System.Globalization;
using Mhim.Data;
using Mhim.Data.Entities;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Security;

/// <summary>Marks what shows a slide's pixels: noted once per resource, principal and hour.</summary>
sealed record AuditedView;

/// <summary>Marks a write that comes in many requests, the pieces of an upload: noted once per resource, principal and hour.</summary>
sealed record AuditedOnce;

/// <summary>What a write led to, where its path does not say; set by the endpoint as a feature. Always noted.</summary>
/// <param name="Resource">Path of what was made.</param>
sealed record AuditNote(string Resource);

/// <summary>Notes every write of somebody known, whatever came of it, and every look at a slide.</summary>
sealed class AuditTrail(RequestDelegate next, IDbContextFactory<MhimContext> contexts, ILogger<AuditTrail> log)
{
    // What this process has noted already this hour; the unique key in the database speaks for all processes.
    readonly ConcurrentDictionary<string, DateTime> noted = new();

    public async Task InvokeAsync(HttpContext http)
    {
        await next(http);
        // A refusal that came as an exception has taken the endpoint away.
        if ((http.GetEndpoint() ?? http.Features.Get<IExceptionHandlerFeature>()?.Endpoint) is not RouteEndpoint endpoint || !http.Request.Path.StartsWithSegments("/api") || http.User.Id() is not { } who)
            return;
        var (path, now) = (http.Request.Path.ToString(), DateTime.UtcNow);
        var entry = new AuditEntry
        {
            At = now, Principal = Cut(who, 300), Name = http.User.Called() is { } name ? Cut(name, 300) : null, Status = http.Response.StatusCode,
            Action = Cut($"{http.Request.Method} {endpoint.RoutePattern.RawText}", 300), Resource = Cut(path, 500), Address = http.Connection.RemoteIpAddress?.ToString(),
        };
        if (endpoint.Metadata.GetMetadata<AuditedView>() is not null)
        {
            if (http.Response.StatusCode >= 400)
                return;
            // The resource, not the tile: /api/v1/slides/ID
            entry.Resource = string.Join('/', path.Split('/').Take(5));
            entry.Action = "view";
            entry.OnceKey = Once("view", entry);
        }
        else if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method))
            return;
        else if (http.Features.Get<AuditNote>() is { } note)
            entry.Resource = note.Resource;
        else if (endpoint.Metadata.GetMetadata<AuditedOnce>() is not null)
            entry.OnceKey = Once($"{http.Request.Method} {entry.Status}", entry);
        if (entry.OnceKey is { } key && !noted.TryAdd(key, now))
            return;
        if (!await WriteAsync(entry) && entry.OnceKey is { } missed)
            noted.TryRemove(missed, out _); // the next one tries again
        if (noted.Count > 10_000)
            foreach (var old in noted.Where(pair => now - pair.Value > TimeSpan.FromHours(1)))
                noted.TryRemove(old);
    }

    /// <returns>Whether it is there now.</returns>
    async Task<bool> WriteAsync(AuditEntry entry)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            context.Audit.Add(entry);
            await context.SaveChangesAsync(); // the request may be gone; the note is not
            return true;
        }
        catch (DbUpdateException e) when (entry.OnceKey is not null && RowConflict.Is(e))
        {
            return true; // another process has noted it
        }
        catch (Exception e)
        {
            log.LogError(e, "Not noted: {Principal} {Action} {Resource} {Status}", entry.Principal, entry.Action, entry.Resource, entry.Status);
            return false;
        }
    }

    static string Once(string what, AuditEntry entry) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{what}\n{entry.Principal}\n{entry.Resource}\n{entry.At:yyyyMMddHH}"))));

    static string Cut(string text, int most) => text.Length > most ? text[..most] : text;
}
