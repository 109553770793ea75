using Mhim.Features;
using Mhim.Mil.Cohorts;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>A row's instances as a tensor.</summary>
/// <param name="X">[N, D], standardised, on the device.</param>
/// <param name="Coords">[N], or empty where the source has none or the bag is of several slides.</param>
internal sealed record CaseBag(Tensor X, ReadOnlyMemory<TileCoord> Coords);

/// <summary>Turns rows into tensors, keeps as many as fit, and reads the next row's files while the present one is learned from.</summary>
/// <param name="source">Where features come from.</param>
/// <param name="device">Where tensors live.</param>
/// <param name="cacheBytes">Memory for what is kept.</param>
/// <param name="half">Whether features are rounded to float16 and kept so: half the memory. Every bag is rounded, kept or not, so that a run does not depend
/// on what fits.</param>
internal sealed class BagStore(IBagSource source, Device device, long cacheBytes, bool half = false) : IDisposable
{
    readonly Dictionary<string, CaseBag> _cache = [];
    readonly CohortKind _kind = new();
    long _cached;
    (string Row, Task<List<FeatureBag>> Slides)? _ahead;

    /// <summary>Set once the training rows have told it; null: features as they are.</summary>
    public FeatureScaler? Scaler { get; private set; }

    /// <summary>What the features have in common, from the first bag on.</summary>
    public FeatureKind? Kind => _kind.Kind;

    /// <summary>Takes the statistics of the training rows; what was cached before is scaled.</summary>
    public void Standardize(IReadOnlyList<CohortRow> train, CancellationToken cancellation = default)
    {
        Scaler = FeatureScaler.Fit(train.Count, i =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Get(train[i], i + 1 < train.Count ? train[i + 1] : null).X;
        }, Kind!.Dim);
        if (!half)
            foreach (var bag in _cache.Values)
                Scaler.Apply(bag.X);
    }

    /// <summary>How many instances a row has; reads it.</summary>
    public long Count(CohortRow row, CohortRow? next = null)
    {
        using var scope = NewDisposeScope();
        return Get(row, next).X.shape[0];
    }

    /// <summary>The bag of a row. What is not kept lives in the caller's dispose scope.</summary>
    /// <param name="row">The row.</param>
    /// <param name="next">The row that will be asked for next, whose files are read on another thread meanwhile; null: not known.</param>
    public CaseBag Get(CohortRow row, CohortRow? next = null)
    {
        var bag = _cache.TryGetValue(row.Id, out var kept) ? kept : Keep(row, Load(row));
        // Only now: of one source no two bags are read at a time.
        if (next is not null && _ahead is null && !_cache.ContainsKey(next.Id))
        {
            using var forThePool = Denormals.Flush(false);
            _ahead = (next.Id, Task.Run(() => next.SlideIds.Select(source.Load).ToList()));
        }
        return half ? bag with { X = Scaled(bag.X.to(ScalarType.Float32)) } : bag;
    }

    /// <summary>Keeps a bag if it fits.</summary>
    CaseBag Keep(CohortRow row, CaseBag bag)
    {
        var bytes = bag.X.numel() * bag.X.element_size();
        if (_cached + bytes > cacheBytes)
            return bag;
        _cached += bytes;
        bag.X.DetachFromDisposeScope();
        return _cache[row.Id] = bag;
    }

    /// <summary>As it is kept: float16 as it was read, or float32 standardised.</summary>
    CaseBag Load(CohortRow row)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var slides = Slides(row);
        foreach (var slide in slides)
            _kind.Add(slide);
        var x = InstanceTensor.Of(slides, Kind!.Dim);
        x = half ? InstanceTensor.Half(x, $"`{row.Id}`").to(device) : Scaled(x.to(device));
        return new CaseBag(x.MoveToOuterDisposeScope(), slides.Count == 1 ? slides[0].Coords : ReadOnlyMemory<TileCoord>.Empty);
    }

    Tensor Scaled(Tensor x)
    {
        Scaler?.Apply(x);
        return x;
    }

    /// <summary>What was read ahead, if it was this row; what was read for another is let go.</summary>
    List<FeatureBag> Slides(CohortRow row)
    {
        var ahead = _ahead;
        _ahead = null;
        if (ahead is not { } read)
            return [.. row.SlideIds.Select(source.Load)];
        if (read.Row == row.Id)
            return read.Slides.GetAwaiter().GetResult();
        Task.WaitAny(read.Slides); // and if it could not be read, nobody asks for it
        return [.. row.SlideIds.Select(source.Load)];
    }

    public void Dispose()
    {
        if (_ahead is { } read)
            Task.WaitAny(read.Slides);
        foreach (var bag in _cache.Values)
            bag.X.Dispose();
        _cache.Clear();
    }
}
