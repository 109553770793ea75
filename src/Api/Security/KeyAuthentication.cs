using System.Text.Encodings.Web;
using Mhim.Data;
using Mhim.Data.Access;
using Mhim.Data.Entities;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Mhim.Api.Security;

/// <summary>Recognises API keys, in <c>Authorization: Bearer mhim_…</c>, <c>X-Api-Key</c>, or the cookie of somebody who signed in with a browser.</summary>
sealed class KeyAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, MhimContext context, AuthOptions auth)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string Name = "key";
    public const string Header = "X-Api-Key";
    const string Bearer = "Bearer ";

    /// <summary>The key that a request carries; null for none.</summary>
    public static string? KeyOf(HttpRequest request) =>
        request.Headers[Header].ToString() is { Length: > 0 } key ? key
        : request.Headers.Authorization.ToString() is var header && header.StartsWith(Bearer + ApiKeys.Prefix, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim()
        : SessionCookie.KeyOf(request);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!auth.Keys || KeyOf(Request) is not { } secret)
            return AuthenticateResult.NoResult();
        if (await ApiKeys.FindAsync(context, secret, Context.RequestAborted) is not { } key)
            return AuthenticateResult.Fail("The key is unknown, expired or revoked.");
        return AuthenticateResult.Success(new AuthenticationTicket(Principal.Of($"key:{key.Id}", key.Name, key.Role, Name), Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }
}

/// <summary>On loopback, where nobody is asked: everybody may do everything.</summary>
sealed class OpenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string Name = "open";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(Principal.Of(Name, null, Role.Admin, Name), Name)));
}
