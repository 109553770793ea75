using Mhim.Features;

namespace Mhim.Mil.Training;

/// <summary>What the features of a run have in common.</summary>
/// <param name="EncoderId">Encoder.</param>
/// <param name="Dim">D.</param>
/// <param name="Mpp">Resolution of the tiles, µm/px; null where the source does not say.</param>
/// <param name="TileSize">Side of a tile at that resolution, px; null where the source does not say.</param>
public sealed record FeatureKind(string EncoderId, int Dim, double? Mpp, int? TileSize)
{
    /// <summary>The kind of a bag's features.</summary>
    public static FeatureKind Of(FeatureBag bag) => new(bag.EncoderId, bag.Dim, bag.Geometry?.Mpp, bag.Geometry?.TileSize);

    /// <summary>Refuses a bag whose features are of another kind.</summary>
    /// <exception cref="InputException"><c>encoder-mismatch</c>, <c>dim-mismatch</c>, <c>mpp-mismatch</c>.</exception>
    public void Require(FeatureBag bag)
    {
        if (bag.EncoderId != EncoderId)
            throw new InputException("encoder-mismatch",
                $"Slide `{bag.SlideId}` has features of encoder `{bag.EncoderId}`, `{EncoderId}` is wanted. Extract it again with that encoder.");
        if (bag.Dim != Dim)
            throw new InputException("dim-mismatch", $"Slide `{bag.SlideId}` has {bag.Dim} features per tile, {Dim} are wanted.");
        if (Mpp is { } mpp && bag.Geometry is { } g && (Math.Abs(g.Mpp - mpp) > 0.01 * mpp || g.TileSize != TileSize))
            throw new InputException("mpp-mismatch",
                $"Slide `{bag.SlideId}` was cut into tiles of {g.TileSize} px at {g.Mpp:0.###} µm/px, {TileSize} px at {mpp:0.###} µm/px are wanted. Tile it again.");
    }
}
