namespace Mhim.Data.Entities;

/// <summary>What somebody may do; each role may do all that those before it may.</summary>
public enum Role
{
    /// <summary>Look at slides, jobs, models and predictions.</summary>
    Viewer,

    /// <summary>Upload, predict, cancel, remove.</summary>
    Researcher,

    /// <summary>Make and revoke keys, read the audit trail.</summary>
    Admin,
}

/// <summary>A key for programs. The key itself is shown once and never kept: only its hash is.</summary>
public sealed class ApiKey
{
    /// <summary>Time-ordered id (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>What its owner calls it.</summary>
    public required string Name { get; set; }

    /// <summary>SHA-256 of the whole key, 64 lower-case hex digits; unique.</summary>
    public required string Hash { get; set; }

    /// <summary>Its first letters, to recognise it by.</summary>
    public required string Start { get; set; }

    /// <summary>What its holder may do.</summary>
    public Role Role { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;

    /// <summary>When it stops working, UTC; null: never by itself.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>When it was revoked, UTC.</summary>
    public DateTime? RevokedAt { get; set; }

    /// <summary>When it was last used, UTC, to the minute.</summary>
    public DateTime? LastUsedAt { get; set; }

    /// <summary>Whether it works at a time.</summary>
    /// <param name="now">UTC.</param>
    public bool WorksAt(DateTime now) => RevokedAt is null && (ExpiresAt is not { } end || now < end);
}
