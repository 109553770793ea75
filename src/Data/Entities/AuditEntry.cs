namespace Mhim.Data.Entities;

/// <summary>Who did what: every write, and every look at a slide's pictures (once per slide, person and hour).</summary>
public sealed class AuditEntry
{
    /// <summary>Counts up.</summary>
    public long Id { get; set; }

    /// <summary>When, UTC.</summary>
    public DateTime At { get; set; } = DateTime.UtcNow;

    /// <summary>Who: <c>key:ID</c>, <c>oidc:SUBJECT</c>, <c>open</c> (a service that asks nobody), or <c>command-line</c>.</summary>
    public required string Principal { get; set; }

    /// <summary>What they are called, if anything.</summary>
    public string? Name { get; set; }

    /// <summary>What they did: method and route, such as <c>DELETE /api/v1/slides/{id}</c>, or <c>view</c>.</summary>
    public required string Action { get; set; }

    /// <summary>To what: the path of the request.</summary>
    public required string Resource { get; set; }

    /// <summary>How it was answered, as an HTTP status.</summary>
    public int Status { get; set; }

    /// <summary>Where the request came from.</summary>
    public string? Address { get; set; }

    /// <summary>Set where something is noted only once; unique.</summary>
    public string? OnceKey { get; set; }
}
