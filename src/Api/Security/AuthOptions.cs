using Mhim.Data.Entities;
using Mhim.Features;

namespace Mhim.Api.Security;

/// <summary>Tokens of an identity provider.</summary>
/// <param name="Authority">Where its discovery document lies, such as <c>https://login.example.org/realms/lab</c>.</param>
/// <param name="Audience">What the tokens are made for.</param>
/// <param name="RoleClaim">The claim with the roles; a dotted path is not followed.</param>
/// <param name="Roles">What a value of that claim means here.</param>
sealed record OidcOptions(string Authority, string Audience, string RoleClaim, IReadOnlyDictionary<string, Role> Roles)
{
    /// <summary>False only for a provider on this machine without TLS.</summary>
    public bool RequireHttps { get; init; } = true;
}

/// <summary>Who may call: nobody is asked (on loopback only), or keys, tokens of an identity provider, or both.</summary>
/// <param name="Keys">API keys are asked for.</param>
/// <param name="Oidc">Tokens are taken; null: none.</param>
sealed record AuthOptions(bool Keys, OidcOptions? Oidc)
{
    /// <summary>Setting that asks for keys.</summary>
    public const string KeysKey = "Mhim:Auth:Keys";

    /// <summary>Nobody is asked who they are.</summary>
    public bool Open => !Keys && Oidc is null;

    /// <summary>Reads <c>Mhim:Auth:*</c>.</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>, <c>setting-missing</c>.</exception>
    public static AuthOptions From(IConfiguration configuration)
    {
        var keys = configuration[KeysKey] switch
        {
            null or "" => false,
            var text when bool.TryParse(text, out var asked) => asked,
            var text => throw new InputException("setting-unreadable", $"The setting '{KeysKey}' is true or false, not '{text}'."),
        };
        var oidc = configuration.GetSection("Mhim:Auth:Oidc");
        if (oidc["Authority"] is not { Length: > 0 } authority)
            return new AuthOptions(keys, null);
        if (oidc["Audience"] is not { Length: > 0 } audience)
            throw new InputException("setting-missing", "The setting 'Mhim:Auth:Oidc:Audience' is missing; without it tokens made for other services would be taken.");
        var https = !string.Equals(oidc["RequireHttps"], "false", StringComparison.OrdinalIgnoreCase);
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && (https || uri.Scheme != Uri.UriSchemeHttp)))
            throw new InputException("setting-unreadable", $"The setting 'Mhim:Auth:Oidc:Authority' is an https address, not '{authority}'.");
        var roles = Enum.GetValues<Role>()
            .ToDictionary(role => oidc[$"Roles:{role}"] is { Length: > 0 } value ? value : role.ToString().ToLowerInvariant(), role => role, StringComparer.Ordinal);
        return new AuthOptions(keys, new OidcOptions(authority, audience, oidc["RoleClaim"] is { Length: > 0 } claim ? claim : "roles", roles) { RequireHttps = https });
    }
}
