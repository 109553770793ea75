using System.Globalization;
using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Audit;

/// <summary>The audit trail, for administrators; nobody can change it here.</summary>
static class AuditApi
{
    public static void MapAudit(this RouteGroupBuilder api) =>
        api.MapGet("/audit", ListAsync).WithTags("Audit").For(Role.Admin).WithSummary("Who did what, newest first");

    static async Task<Ok<Page<AuditDto>>> ListAsync(
        MhimContext context, CancellationToken cancel, string? principal = null, string? resource = null, int? status = null, string? after = null, int? limit = null)
    {
        var most = new PageQuery { Limit = limit }.Take();
        // Several entries may bear one time, so pages go by their numbers.
        var before = long.MaxValue;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            throw new FieldException(FieldChecks.Code, "after", "'after' is the 'next' of another page.");
        var rows = await context.Audit.AsNoTracking()
            .Where(e => e.Id < before && (principal == null || e.Principal == principal) && (resource == null || e.Resource == resource) && (status == null || e.Status == status))
            .OrderByDescending(e => e.Id).Take(most + 1).ToListAsync(cancel);
        return TypedResults.Ok(new Page<AuditDto>([.. rows.Take(most).Select(AuditDto.Of)],
            rows.Count > most ? rows[most - 1].Id.ToString(CultureInfo.InvariantCulture) : null));
    }
}

/// <summary>Somebody did something.</summary>
/// <param name="Id">Counts up.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Principal">Who: key:ID, oidc:SUBJECT, open or command-line.</param>
/// <param name="Name">What they are called.</param>
/// <param name="Action">Method and route, or view.</param>
/// <param name="Resource">The path; of a view, the slide or prediction.</param>
/// <param name="Status">How it was answered.</param>
/// <param name="Address">Where the request came from.</param>
public sealed record AuditDto(long Id, DateTime At, string Principal, string? Name, string Action, string Resource, int Status, string? Address)
{
    /// <summary>What a row looks like outside.</summary>
    public static AuditDto Of(AuditEntry e) => new(e.Id, e.At, e.Principal, e.Name, e.Action, e.Resource, e.Status, e.Address);
}
