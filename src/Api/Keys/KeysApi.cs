using System.Security.Claims;
using System.Text.Json.Serialization;
using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Access;
using Mhim.Data.Entities;
using Mhim.Workers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Keys;

/// <summary>Keys: make, look, revoke. For administrators; everybody may ask who they are.</summary>
static class KeysApi
{
    static readonly Listing<ApiKey> Listing = new Listing<ApiKey>(k => k.Id).By("createdAt", k => k.CreatedAt).By("name", k => k.Name);

    public static void MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/keys").WithTags("Keys").For(Role.Admin);
        keys.MapPost("/", MakeAsync).WithSummary("Make a key; it is shown in this answer and never again").WithMetadata(new Creates(Secret: true));
        keys.MapGet("/", ListAsync).WithSummary("Keys, newest first, the revoked and expired too; sort by createdAt or name");
        keys.MapDelete("/{id:guid}", RevokeAsync).WithSummary("Revoke a key, at once and for good");
        api.MapGet("/me", (ClaimsPrincipal user) => TypedResults.Ok(new MeDto(user.Id()!, user.Called(), user.MayAs()!.Value)))
            .WithTags("Keys").WithSummary("Who is asking, and what they may do");
    }

    static async Task<Results<Created<NewKeyDto>, ProblemHttpResult>> MakeAsync(KeyRequest request, MhimContext context, CancellationToken cancel)
    {
        var checks = new FieldChecks();
        var name = request.Name?.Trim() ?? "";
        checks.Require(name.Length is > 0 and <= 200 && !name.Any(char.IsControl), "name", "'name' is 1 to 200 letters, to know the key by.");
        checks.Require(request.Role is not null, "role", "'role' is viewer, researcher or admin.");
        checks.Require(request.ExpiresInDays is null or (> 0 and <= 3650), "expiresInDays", "'expiresInDays' is from 1 to 3650, or left out for a key that does not expire.");
        checks.ThrowIfAny();
        var (secret, row) = ApiKeys.Make(name, request.Role!.Value, request.ExpiresInDays is { } days ? DateTime.UtcNow.AddDays(days) : null);
        context.ApiKeys.Add(row);
        await context.SaveChangesAsync(cancel);
        return TypedResults.Created($"/api/v1/keys/{row.Id}", new NewKeyDto(secret, KeyDto.Of(row)));
    }

    static async Task<Ok<Page<KeyDto>>> ListAsync(MhimContext context, [AsParameters] PageQuery page, CancellationToken cancel, Word<Role>? role = null)
    {
        var wanted = role?.Value;
        return TypedResults.Ok(await Listing.ReadAsync(context.ApiKeys.AsNoTracking().Where(k => wanted == null || k.Role == wanted), page, KeyDto.Of, cancel));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await ApiKeys.RevokeAsync(context, id, cancel) ? TypedResults.NoContent() : Problems.NotFound("key", id);
}

/// <summary>A key that is wanted.</summary>
/// <param name="Name">What to call it: whose it is, or which program's.</param>
/// <param name="Role">What its holder may do.</param>
/// <param name="ExpiresInDays">From 1 to 3650; null: it works until it is revoked.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record KeyRequest(string? Name, Role? Role, double? ExpiresInDays = null);

/// <summary>A key as it is listed: without the key.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Start">Its first letters.</param>
/// <param name="Role">What its holder may do.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="ExpiresAt">When it stops working, UTC.</param>
/// <param name="RevokedAt">When it was revoked, UTC.</param>
/// <param name="LastUsedAt">When it was last used, UTC, to the minute.</param>
public sealed record KeyDto(Guid Id, string Name, string Start, Role Role, DateTime CreatedAt, DateTime? ExpiresAt, DateTime? RevokedAt, DateTime? LastUsedAt)
{
    /// <summary>What a row looks like outside.</summary>
    public static KeyDto Of(ApiKey k) => new(k.Id, k.Name, k.Start, k.Role, k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.LastUsedAt);
}

/// <summary>A key that was just made.</summary>
/// <param name="Secret">The key itself: keep it, it is not to be had again.</param>
/// <param name="Key">What is known of it.</param>
public sealed record NewKeyDto(string Secret, KeyDto Key);

/// <summary>Who is asking.</summary>
/// <param name="Id">As the audit trail names them.</param>
/// <param name="Name">What they are called, if anything.</param>
/// <param name="Role">What they may do.</param>
public sealed record MeDto(string Id, string? Name, Role Role);
