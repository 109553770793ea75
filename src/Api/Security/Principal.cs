using System.Security.Claims;
using Mhim.Data.Entities;

namespace Mhim.Api.Security;

/// <summary>Who is calling, in words that the audit trail keeps.</summary>
static class Principal
{
    const string Label = "mhim:label";

    /// <summary>Somebody known.</summary>
    /// <param name="id">Such as <c>key:ID</c>.</param>
    /// <param name="name">What they are called.</param>
    /// <param name="role">Null: known, but allowed nothing.</param>
    /// <param name="scheme">What recognised them.</param>
    public static ClaimsPrincipal Of(string id, string? name, Role? role, string scheme)
    {
        var identity = new ClaimsIdentity(scheme, Label, ClaimTypes.Role);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, id));
        if (name is not null)
            identity.AddClaim(new Claim(Label, name));
        if (role is { } given)
            identity.AddClaim(new Claim(ClaimTypes.Role, given.ToString()));
        return new ClaimsPrincipal(identity);
    }

    /// <summary>Their id; null for nobody.</summary>
    public static string? Id(this ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true } ? user.FindFirstValue(ClaimTypes.NameIdentifier) : null;

    /// <summary>What they are called.</summary>
    public static string? Called(this ClaimsPrincipal user) => user.FindFirstValue(Label);

    /// <summary>What they may do; null: nothing.</summary>
    public static Role? MayAs(this ClaimsPrincipal user) => Enum.TryParse<Role>(user.FindFirstValue(ClaimTypes.Role), out var role) ? role : null;
}
