using System.Text.Json.Serialization;
using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mhim.Api.Keys;

/// <summary>Signing in with a browser: the key goes into a cookie that no script can read.</summary>
static class SessionApi
{
    public static void MapSession(this RouteGroupBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("Keys").AllowAnonymous();
        session.MapPost("/", BeginAsync).WithSummary("Sign a browser in with a key").ProducesProblem(StatusCodes.Status401Unauthorized);
        session.MapDelete("/", End).WithSummary("Sign a browser out");
    }

    static async Task<Results<NoContent, ProblemHttpResult>> BeginAsync(SessionRequest request, HttpContext http, MhimContext context, AuthOptions auth, CancellationToken cancel)
    {
        var key = request.Key?.Trim() ?? "";
        if (!auth.Keys || !key.StartsWith(ApiKeys.Prefix, StringComparison.Ordinal) || await ApiKeys.FindAsync(context, key, cancel) is null)
            return Problems.Of(StatusCodes.Status401Unauthorized, "unauthenticated", "The key is unknown, expired or revoked.");
        SessionCookie.Set(http, key);
        return TypedResults.NoContent();
    }

    static NoContent End(HttpContext http)
    {
        SessionCookie.Remove(http);
        return TypedResults.NoContent();
    }
}

/// <summary>Who wants to sign in.</summary>
/// <param name="Key">Their API key.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SessionRequest(string? Key);
