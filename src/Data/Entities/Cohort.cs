namespace Mhim.Data.Entities;

/// <summary>A label table that somebody uploaded, as it was understood. Its rows name slides by exact slide id; whether the service has them is another matter.</summary>
public sealed class Cohort
{
    /// <summary>Time-ordered id (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>What people call it; unique.</summary>
    public required string Name { get; set; }

    /// <summary>SHA-256 of the table, 64 lower-case hex digits.</summary>
    public required string Sha256 { get; set; }

    /// <summary><c>classification</c> or <c>survival</c>.</summary>
    public required string Task { get; set; }

    /// <summary>How the table was understood, in words for people.</summary>
    public required string Understood { get; set; }

    /// <summary>With which settings the table was read, as JSON; it is read with the same ones again.</summary>
    public string ReadAs { get; set; } = "{}";

    /// <summary>The classes in their order; empty for survival.</summary>
    public List<string> Classes { get; set; } = [];

    /// <summary>Rows, patients and slides, labels and events, and what was noticed, as JSON.</summary>
    public string Statistics { get; set; } = "{}";

    /// <summary>Different patients.</summary>
    public int Patients { get; set; }

    /// <summary>Different slides.</summary>
    public int Slides { get; set; }

    /// <summary>Blob key of its folder: table.csv.</summary>
    public required string BlobKey { get; set; }

    /// <summary>When it came in, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;
}

/// <summary>A slide that a cohort names.</summary>
public sealed class CohortSlide
{
    /// <summary>The cohort.</summary>
    public Guid CohortId { get; set; }

    /// <summary>The slide id, exactly as the table has it; unique within the cohort.</summary>
    public required string Name { get; set; }

    /// <summary>Whose slide it is.</summary>
    public required string Patient { get; set; }

    /// <summary>Its class; null for survival.</summary>
    public string? Label { get; set; }

    /// <summary>Time to the event or the end of observation, in the table's unit; null for classification.</summary>
    public double? Time { get; set; }

    /// <summary>Whether the event was observed; null for classification.</summary>
    public bool? Event { get; set; }
}
