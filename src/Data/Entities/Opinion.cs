namespace Mhim.Data.Entities;

/// <summary>What somebody who looked at a slide thinks of a prediction; one row per person and prediction.</summary>
public sealed class Opinion
{
    /// <summary>Time-ordered id (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The prediction.</summary>
    public Guid PredictionId { get; set; }

    /// <summary>Who, as in <see cref="AuditEntry.Principal"/>.</summary>
    public required string Principal { get; set; }

    /// <summary>What they were called then.</summary>
    public string? Name { get; set; }

    /// <summary>Whether they agree.</summary>
    public bool Agrees { get; set; }

    /// <summary>The class that they see: the predicted one for those who agree, null where nobody said.</summary>
    public string? Label { get; set; }

    /// <summary>Why.</summary>
    public string? Comment { get; set; }

    /// <summary>When it was first said, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;

    /// <summary>When it was last said, UTC.</summary>
    public DateTime ChangedAt { get; set; } = DateTime.UtcNow;
}
