namespace Mhim.Data.Entities;

/// <summary>A creation that a client named, so that it can ask again without making a second one. Kept for a day.</summary>
public sealed class IdempotencyKey
{
    /// <summary>Who asked.</summary>
    public required string Principal { get; set; }

    /// <summary>What they named it; unique for them.</summary>
    public required string Key { get; set; }

    /// <summary>SHA-256 over method, path and body, 64 lower-case hex digits.</summary>
    public required string RequestHash { get; set; }

    /// <summary>How it was answered, as an HTTP status; null while it is being worked on.</summary>
    public int? Status { get; set; }

    /// <summary>Headers of the answer that are given again (Content-Type, Location, ETag), as JSON.</summary>
    public string? Headers { get; set; }

    /// <summary>The answer.</summary>
    public byte[]? Body { get; set; }

    /// <summary>When it was asked for, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;
}
