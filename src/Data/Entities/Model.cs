namespace Mhim.Data.Entities;

/// <summary>A trained model that the service can apply: <c>model.safetensors</c>, <c>config.json</c> and <c>card.json</c> among the blobs.</summary>
public sealed class Model
{
    /// <summary>Time-ordered id (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>What people call it; unique.</summary>
    public required string Name { get; set; }

    /// <summary>SHA-256 over the three files, 64 lower-case hex digits; unique.</summary>
    public required string Sha256 { get; set; }

    /// <summary>The encoder whose features it wants.</summary>
    public required string EncoderId { get; set; }

    /// <summary>D, numbers per tile.</summary>
    public int Dim { get; set; }

    /// <summary>The resolution of the tiles it wants, µm per pixel; null when the card does not say.</summary>
    public double? Mpp { get; set; }

    /// <summary>Side of the tiles it wants, pixels; null when the card does not say.</summary>
    public int? TileSize { get; set; }

    /// <summary>The classes in the order of its logits.</summary>
    public required List<string> Classes { get; set; }

    /// <summary>The run that it comes from; null when it was uploaded, or the run was removed since.</summary>
    public Guid? RunId { get; set; }

    /// <summary>Which model of that run, such as <c>fold-0/mhim</c>.</summary>
    public string? RunModel { get; set; }

    /// <summary>Blob key of its folder.</summary>
    public required string BlobKey { get; set; }

    /// <summary>When it came in, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;
}
