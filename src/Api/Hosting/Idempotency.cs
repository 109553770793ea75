using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mhim.Api.Security;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Hosting;

/// <summary>Marks what makes something: a client may name the request (Idempotency-Key) and send it again without making a second one.</summary>
/// <param name="Secret">The answer holds a secret and is not kept; sent again, the request is refused.</param>
sealed record Creates(bool Secret = false);

/// <summary>Content of a form, whatever its parts were separated by; left by <see cref="MultipartUpload"/>.</summary>
/// <param name="Hash">SHA-256, hex.</param>
sealed record FormHash(string Hash);

/// <summary>
/// The header <c>Idempotency-Key</c>: the same key with the same body gives the same answer for a day, with another body 422, while the first is still at work 409.
/// Only what succeeded is kept, so that a failed request can be sent again. What has come whole goes on when its client is gone, and its answer is kept.
/// </summary>
sealed class Idempotency(RequestDelegate next, IDbContextFactory<MhimContext> contexts, BlobStore blobs, ILogger<Idempotency> log)
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    static readonly TimeSpan Kept = TimeSpan.FromDays(1);
    // A request whose process was killed keeps nobody waiting for longer.
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    static readonly string[] Headers = ["Content-Type", "Location", "Upload-Offset", "Upload-Expires", "Tus-Resumable", "Mhim-Slide"];

    DateTime swept;

    public async Task InvokeAsync(HttpContext http)
    {
        var creates = http.GetEndpoint()?.Metadata.GetMetadata<Creates>();
        if (creates is null || http.User.Id() is not { } principal || http.Request.Headers[Header] is not [{ } key])
        {
            await next(http);
            return;
        }
        if (key.Length is 0 or > 200 || key.Any(c => c is < ' ' or > '~'))
        {
            await Problems.Invalid(Header, $"'{Header}' is 1 to 200 letters of ASCII, such as a UUID.").ExecuteAsync(http);
            return;
        }
        await SweepAsync(http.RequestAborted);
        if (principal.Length > 300)
            principal = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(principal)));
        if (await TakeAsync(principal, key, http.RequestAborted) is { } known)
            await RepeatAsync(http, known, creates);
        else
            await FirstAsync(http, principal, key, creates);
    }

    async Task FirstAsync(HttpContext http, string principal, string key, Creates creates)
    {
        using var body = new HashingStream(http.Request.Body);
        using var answer = new MemoryStream();
        var (from, to, gone) = (http.Request.Body, http.Response.Body, http.RequestAborted);
        (http.Request.Body, http.Response.Body) = (body, answer);
        // Who names a request sends it again when the line is cut, and wants to know what became of it: whoever made something by then must get to say so.
        // A body that no longer comes ends the request all the same.
        http.RequestAborted = CancellationToken.None;
        var kept = false;
        using var done = new CancellationTokenSource();
        var holding = HoldAsync(principal, key, done.Token);
        try
        {
            await next(http);
            await done.CancelAsync();
            await holding;
            if (http.Response.StatusCode is >= 200 and < 300)
            {
                var hash = await HashAsync(http, body);
                var (status, content) = (http.Response.StatusCode, creates.Secret ? null : answer.ToArray());
                var headers = JsonSerializer.Serialize(Headers.Where(h => http.Response.Headers.ContainsKey(h)).ToDictionary(h => h, h => http.Response.Headers[h].ToString()));
                await using var context = await contexts.CreateDbContextAsync();
                kept = await context.IdempotencyKeys.Where(k => k.Principal == principal && k.Key == key && k.Status == null).ExecuteUpdateAsync(set => set
                    .SetProperty(k => k.Status, status).SetProperty(k => k.RequestHash, hash)
                    .SetProperty(k => k.Headers, headers).SetProperty(k => k.Body, content), CancellationToken.None) == 1;
            }
        }
        finally
        {
            (http.Request.Body, http.Response.Body, http.RequestAborted) = (from, to, gone);
            await done.CancelAsync();
            await holding;
            if (!kept)
                await ForgetAsync(principal, key);
        }
        answer.Position = 0;
        await answer.CopyToAsync(to, http.RequestAborted);
    }

    // However long it works, its row does not look like that of a process that was killed.
    async Task HoldAsync(string principal, string key, CancellationToken done)
    {
        using var timer = new PeriodicTimer(Longest / 5);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
                try
                {
                    var now = DateTime.UtcNow;
                    await using var context = await contexts.CreateDbContextAsync(done);
                    await context.IdempotencyKeys.Where(k => k.Principal == principal && k.Key == key && k.Status == null).ExecuteUpdateAsync(set => set.SetProperty(k => k.CreatedAt, now), done);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    log.LogWarning("A named request could not say that it is still at work: {Reason}", e.Message);
                }
        }
        catch (OperationCanceledException)
        {
        }
    }

    async Task RepeatAsync(HttpContext http, IdempotencyKey known, Creates creates)
    {
        if (known.Status is null)
        {
            http.Response.Headers.RetryAfter = "1";
            await Problems.Of(StatusCodes.Status409Conflict, "idempotency-at-work", $"The first request with this {Header} is still at work; ask again in a moment.").ExecuteAsync(http);
            return;
        }
        using var body = new HashingStream(http.Request.Body);
        http.Request.Body = body;
        if (http.Request.HasFormContentType)
            using (await MultipartUpload.ReadAsync(http.Request, blobs, http.RequestAborted))
            {
                // Read for its hash alone.
            }
        if (await HashAsync(http, body) != known.RequestHash)
        {
            await Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused",
                $"This {Header} was used for another request within the last day; a new request wants a new one.").ExecuteAsync(http);
            return;
        }
        http.Response.Headers["Idempotency-Replayed"] = "true";
        if (creates.Secret)
        {
            await Problems.Of(StatusCodes.Status409Conflict, "idempotency-secret",
                "It was made by the first request, and its secret is shown only once; revoke it and make another if that answer was lost.").ExecuteAsync(http);
            return;
        }
        http.Response.StatusCode = known.Status.Value;
        foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(known.Headers!)!)
            http.Response.Headers[name] = value;
        await http.Response.Body.WriteAsync(known.Body, http.RequestAborted);
    }

    /// <summary>Makes the row, or gives the one that is there.</summary>
    async Task<IdempotencyKey?> TakeAsync(string principal, string key, CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        for (var tries = 0; ; tries++)
        {
            var now = DateTime.UtcNow;
            var (old, lost) = (now - Kept, now - Longest);
            await context.IdempotencyKeys.Where(k => k.Principal == principal && k.Key == key && (k.CreatedAt <= old || (k.Status == null && k.CreatedAt <= lost))).ExecuteDeleteAsync(cancel);
            if (await context.IdempotencyKeys.AsNoTracking().SingleOrDefaultAsync(k => k.Principal == principal && k.Key == key, cancel) is { } known)
                return known;
            context.IdempotencyKeys.Add(new IdempotencyKey { Principal = principal, Key = key, RequestHash = "", CreatedAt = now });
            try
            {
                await context.SaveChangesAsync(cancel);
                return null;
            }
            catch (DbUpdateException) when (tries < 3)
            {
                context.ChangeTracker.Clear(); // somebody was faster
            }
        }
    }

    async Task ForgetAsync(string principal, string key)
    {
        await using var context = await contexts.CreateDbContextAsync();
        await context.IdempotencyKeys.Where(k => k.Principal == principal && k.Key == key && k.Status == null).ExecuteDeleteAsync();
    }

    async Task SweepAsync(CancellationToken cancel)
    {
        var now = DateTime.UtcNow;
        if (now - swept < TimeSpan.FromHours(1))
            return;
        swept = now;
        var old = now - Kept;
        await using var context = await contexts.CreateDbContextAsync(cancel);
        await context.IdempotencyKeys.Where(k => k.CreatedAt <= old).ExecuteDeleteAsync(cancel);
    }

    // Boundaries between the parts of a form are drawn anew by every client, so forms are compared by what is in them.
    static async Task<string> HashAsync(HttpContext http, HashingStream body)
    {
        var request = http.Request;
        if (!request.HasFormContentType)
            await body.CopyToAsync(Stream.Null, http.RequestAborted);
        var content = request.HasFormContentType ? http.Features.Get<FormHash>()?.Hash ?? "" : body.Hash();
        var text = string.Join('\n', request.Method, request.Path, request.QueryString, request.HasFormContentType ? "form" : request.ContentType,
            request.Headers["Upload-Length"], request.Headers["Upload-Defer-Length"], request.Headers["Upload-Metadata"], content);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
