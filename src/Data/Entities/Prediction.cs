namespace Mhim.Data.Entities;

/// <summary>What one model says about one slide; one row per pair. Where it stands is what its job's row says.</summary>
public sealed class Prediction
{
    /// <summary>Time-ordered id (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The slide.</summary>
    public Guid SlideId { get; set; }

    /// <summary>The model.</summary>
    public Guid ModelId { get; set; }

    /// <summary>The most probable class; null until done.</summary>
    public string? PredictedClass { get; set; }

    /// <summary>[C] probability of each of the model's classes, in its order; empty until done.</summary>
    public List<double> Probabilities { get; set; } = [];

    /// <summary>How many top tiles lie among its files.</summary>
    public int TopTiles { get; set; }

    /// <summary>Blob key of its folder: prediction.json, heatmap.png, tiles.geojson, top-tiles/.</summary>
    public required string BlobKey { get; set; }

    /// <summary>When it was asked for, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;
}
