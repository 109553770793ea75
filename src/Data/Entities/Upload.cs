namespace Mhim.Data.Entities;

/// <summary>Where a resumable upload stands.</summary>
public enum UploadState
{
    /// <summary>Bytes are missing, or have not been looked at yet.</summary>
    Receiving,

    /// <summary>It became a slide.</summary>
    Accepted,

    /// <summary>It is no slide; the row says why, its bytes are gone.</summary>
    Refused,
}

/// <summary>A file that comes in pieces (tus). How much has come is the length of its file, which outlives any process.</summary>
public sealed class Upload
{
    /// <summary>Random, so that it cannot be guessed.</summary>
    public Guid Id { get; set; } = Guid.NewGuid();

    /// <summary>Who began it; nobody else may go on with it.</summary>
    public required string Owner { get; set; }

    /// <summary>The name of the file, for display and its extension only.</summary>
    public required string FileName { get; set; }

    /// <summary>The slide id that label tables use; null: the file name without extension.</summary>
    public string? Name { get; set; }

    /// <summary>Stated µm per pixel of level 0.</summary>
    public double? Mpp { get; set; }

    /// <summary>The encoder that its owner chose; null: the service's own choice.</summary>
    public string? EncoderId { get; set; }

    /// <summary>To be used whatever its stain.</summary>
    public bool AnyStain { get; set; }

    /// <summary>Bytes that are to come in all; <see cref="LengthUnknown"/> until that is told.</summary>
    public long Length { get; set; }

    /// <summary>The length of a file whose end its sender does not know yet.</summary>
    public const long LengthUnknown = -1;

    /// <summary>Where it stands.</summary>
    public UploadState State { get; set; }

    /// <summary>The slide that it became; null too when that was removed since.</summary>
    public Guid? SlideId { get; set; }

    /// <summary>Why it was refused: a stable word.</summary>
    public string? ProblemCode { get; set; }

    /// <summary>The same as a sentence for people.</summary>
    public string? Problem { get; set; }

    /// <summary>When it was begun, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;

    /// <summary>When it is removed, UTC; moved on by every piece.</summary>
    public DateTime ExpiresAt { get; set; }
}
