using System.Globalization;
using System.Threading.RateLimiting;
using Mhim.Features;
using Microsoft.AspNetCore.RateLimiting;

namespace Mhim.Api.Security;

/// <summary>How many requests a second: generous for those who say who they are, few for those who do not.</summary>
static class RateLimits
{
    /// <summary>Requests a second of one principal; four times as many at once.</summary>
    public const string KnownKey = "Mhim:Limits:RequestsPerSecond";

    /// <summary>Requests a second of one address that does not say who it is (or says it wrongly); four times as many at once.</summary>
    public const string UnknownKey = "Mhim:Limits:AnonymousPerSecond";

    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static IServiceCollection AddMhimRateLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var (known, unknown) = (Read(configuration, KnownKey, 1000), Read(configuration, UnknownKey, 50));
        return services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.OnRejected = (context, _) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = "1";
                return ValueTask.CompletedTask;
            };
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => http.User.Id() is { } id
                ? RateLimitPartition.GetTokenBucketLimiter(id, _ => Bucket(known))
                : RateLimitPartition.GetTokenBucketLimiter($"address:{http.Connection.RemoteIpAddress}", _ => Bucket(unknown)));
        });
    }

    // Refilled ten times a second, so that a client that keeps to its rate does not run in steps.
    static TokenBucketRateLimiterOptions Bucket(int perSecond) => new()
    {
        TokenLimit = 4 * perSecond, TokensPerPeriod = Math.Max(1, perSecond / 10), QueueLimit = 0,
        ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(0.1, 1.0 / perSecond)),
    };

    static int Read(IConfiguration configuration, string key, int usual) => configuration[key] switch
    {
        null or "" => usual,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1_000_000 => value,
        var text => throw new InputException("setting-unreadable", $"The setting '{key}' is a number of requests from 1 to 999999, not '{text}'."),
    };
}
