using Mhim.Features;
using Mhim.Mil.Cohorts;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>A row's instances as a tensor.</summary>
/// <param name="X">[N, D], standardised, on the device.</param>
/// <param name="Coords">[N], or empty where the source has none or the bag is of several slides.</param>
internal sealed record CaseBag(Tensor X, ReadOnlyMemory<TileCoord> Coords);

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

/// <summary>Turns rows into tensors and keeps as many as fit.</summary>
internal sealed class BagStore(IBagSource source, Device device, long cacheBytes) : IDisposable
{
    readonly Dictionary<string, CaseBag> _cache = [];
    long _cached;

    /// <summary>Set once the training rows have told it; null: features as they are.</summary>
    public FeatureScaler? Scaler { get; private set; }

    /// <summary>What the features have in common, from the first bag on.</summary>
    public FeatureKind? Kind { get; private set; }

    /// <summary>Takes the statistics of the training rows; what was cached before is scaled.</summary>
    public void Standardize(IReadOnlyList<CohortRow> train)
    {
        var scaler = FeatureScaler.Fit(train.Select(row =>
        {
            var bag = Get(row);
            return bag.X;
        }), Kind!.Dim);
        foreach (var bag in _cache.Values)
            scaler.Apply(bag.X);
        Scaler = scaler;
    }

    /// <summary>How many instances a row has; reads it.</summary>
    public long Count(CohortRow row)
    {
        using var scope = NewDisposeScope();
        return Get(row).X.shape[0];
    }

    /// <summary>The bag of a row. If it did not fit the cache it lives in the caller's dispose scope.</summary>
    public CaseBag Get(CohortRow row)
    {
        if (_cache.TryGetValue(row.Id, out var cached))
            return cached;
        var bag = Load(row);
        var bytes = bag.X.numel() * sizeof(float);
        if (_cached + bytes > cacheBytes)
            return bag;
        _cached += bytes;
        bag.X.DetachFromDisposeScope();
        return _cache[row.Id] = bag;
    }

    CaseBag Load(CohortRow row)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var slides = row.SlideIds.Select(source.Load).ToList();
        foreach (var slide in slides)
        {
            Kind ??= FeatureKind.Of(slide);
            Kind.Require(slide);
        }
        var parts = slides.Where(s => s.Count > 0).Select(s => tensor(s.Features, [s.Count, s.Dim])).ToList();
        var x = parts.Count switch
        {
            0 => zeros(0, Kind!.Dim),
            1 => parts[0],
            _ => cat(parts, 0),
        };
        if (!x.isfinite().all().item<bool>())
            throw new InputException("features-not-finite", $"The features of `{row.Id}` hold NaN or infinity. Extract them again.");
        x = x.to(device);
        Scaler?.Apply(x);
        return new CaseBag(x.MoveToOuterDisposeScope(), slides.Count == 1 ? slides[0].Coords : ReadOnlyMemory<TileCoord>.Empty);
    }

    public void Dispose()
    {
        foreach (var bag in _cache.Values)
            bag.X.Dispose();
        _cache.Clear();
    }
}
