namespace Mhim.Features;

/// <summary>A slide as MIL sees it: N instances (tiles) of D features, each with its place. Immutable by convention.</summary>
public sealed class FeatureBag
{
    /// <summary>Makes a bag; refuses arrays whose lengths disagree.</summary>
    /// <param name="slideId">The slide's id: the name its owner gave, without folder or extension. Matched exactly, never by substring.</param>
    /// <param name="encoderId">Id of the encoder that made the features, for example <c>stain-texture</c>.</param>
    /// <param name="dim">D, numbers per instance; at least 1.</param>
    /// <param name="features">[N·D], row-major.</param>
    /// <param name="coords">[N] level-0 corners, or empty when the source has no places (a bag table).</param>
    /// <param name="geometry">How the tiles were cut, or null when the source has no places.</param>
    /// <exception cref="ArgumentException">Lengths disagree.</exception>
    public FeatureBag(string slideId, string encoderId, int dim, float[] features, TileCoord[] coords, TileGeometry? geometry)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dim, 1);
        if (features.Length % dim != 0)
            throw new ArgumentException($"{features.Length} numbers are no whole number of instances of {dim}.", nameof(features));
        if (coords.Length != 0 && coords.Length != features.Length / dim)
            throw new ArgumentException($"{coords.Length} coordinates for {features.Length / dim} instances.", nameof(coords));
        SlideId = slideId;
        EncoderId = encoderId;
        Dim = dim;
        Features = features;
        Coords = coords;
        Geometry = geometry;
    }

    /// <summary>The slide's id, exact.</summary>
    public string SlideId { get; }

    /// <summary>Which encoder made the features.</summary>
    public string EncoderId { get; }

    /// <summary>SHA-256 of the encoder's model, lower-case hex: another may stand under the same id one day. Of a bag table, of its columns' names. Null where there is none, or the source does not say.</summary>
    public string? EncoderSha256 { get; init; }

    /// <summary>D, numbers per instance.</summary>
    public int Dim { get; }

    /// <summary>N, instances; 0 for a slide without tissue.</summary>
    public int Count => Features.Length / Dim;

    /// <summary>[N·D], row-major.</summary>
    public float[] Features { get; }

    /// <summary>[N] level-0 corners; empty when the source has none.</summary>
    public TileCoord[] Coords { get; }

    /// <summary>How the tiles were cut; null when the source has no places.</summary>
    public TileGeometry? Geometry { get; }

    /// <summary>Size and resolution of the tiles: as the geometry says, or what else is known of them; null when nothing is.</summary>
    public TileKind? Tiles { get => field ?? (Geometry is { } g ? new TileKind(g.TileSize, g.Mpp) : null); init; }

    /// <summary>What became of every place of the tile grid; null when the source does not say.</summary>
    public TileLedger? Ledger { get; init; }

    /// <summary>The D features of instance <paramref name="index"/>.</summary>
    public ReadOnlySpan<float> Row(int index) => Features.AsSpan(index * Dim, Dim);
}
