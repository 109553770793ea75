using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Mhim.Data;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Mhim.Api.Hosting;

/// <summary>What a client follows, at one moment.</summary>
/// <param name="Value">As a GET would show it.</param>
/// <param name="Ended">Nothing more will come.</param>
sealed record Seen(object Value, bool Ended);

/// <summary>
/// Server-sent events out of the rows: they tell the same whichever process does the work. An event comes at the beginning, after each change, and every quarter
/// of a minute a <c>ping</c>; the last one bears the id <c>end</c>, and a browser that then connects again is told to stop (204).
/// </summary>
sealed class EventStream(IDbContextFactory<MhimContext> contexts, IHostApplicationLifetime life, IOptions<JsonOptions> json, ILogger<EventStream> log)
{
    const string End = "end";

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    /// <summary>Follows something that exists.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">Name of the events.</param>
    /// <param name="look">Reads it; null when it is gone.</param>
    public IResult Follow(HttpContext http, string name, Func<MhimContext, CancellationToken, Task<Seen?>> look)
    {
        if (http.Request.Headers["Last-Event-ID"] == End)
            return TypedResults.NoContent();
        http.Response.Headers["X-Accel-Buffering"] = "no"; // proxies shall hand on every event
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
        http.Response.RegisterForDispose(cancel);
        return TypedResults.ServerSentEvents(EventsAsync(name, look, cancel.Token));
    }

    async IAsyncEnumerable<SseItem<string>> EventsAsync(
        string name, Func<MhimContext, CancellationToken, Task<Seen?>> look, [EnumeratorCancellation] CancellationToken cancel)
    {
        var (last, said, number) = ("", DateTime.UtcNow, 0);
        while (!cancel.IsCancellationRequested)
        {
            var (seen, lost) = await TryAsync(look, cancel);
            if (cancel.IsCancellationRequested)
                yield break;
            if (!lost && seen is null)
            {
                yield return new SseItem<string>("{}", "removed") { EventId = End };
                yield break;
            }
            var now = seen is null ? last : JsonSerializer.Serialize(seen.Value, seen.Value.GetType(), json.Value.SerializerOptions);
            if (now != last || seen is { Ended: true })
            {
                (last, said) = (now, DateTime.UtcNow);
                yield return new SseItem<string>(now, name) { EventId = seen is { Ended: true } ? End : $"{++number}" };
            }
            else if (DateTime.UtcNow - said >= Quiet)
            {
                said = DateTime.UtcNow;
                yield return new SseItem<string>("{}", "ping");
            }
            if (seen is { Ended: true })
                yield break;
            try
            {
                await Task.Delay(Pause, cancel);
            }
            catch (OperationCanceledException)
            {
                yield break;
            }
        }
    }

    // A database that is away for a moment ends no stream.
    async Task<(Seen? Seen, bool Lost)> TryAsync(Func<MhimContext, CancellationToken, Task<Seen?>> look, CancellationToken cancel)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancel);
            return (await look(context, cancel), false);
        }
        catch (Exception e) when (cancel.IsCancellationRequested || e is not OperationCanceledException)
        {
            if (!cancel.IsCancellationRequested)
                log.LogWarning("An event stream could not look: {Reason}", e.Message);
            return (null, true);
        }
    }
}
