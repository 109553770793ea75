using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Benchmarks;

/// <summary>What the bags of <c>hard-instances</c> are like.</summary>
/// <param name="Dim">Numbers per instance.</param>
/// <param name="Instances">Instances per bag.</param>
/// <param name="Subtle">Of a positive bag, shifted by b along the second direction.</param>
/// <param name="Salient">Of six in ten positive bags, shifted by 6 along the first.</param>
internal sealed record HardShape(int Dim = 128, int Instances = 800, int Subtle = 16, int Salient = 8)
{
    /// <summary>1024-d and 10,000 instances, the shares of subtle and salient ones as they were.</summary>
    public static HardShape Large { get; } = new(1024, 10_000, 200, 100);

    public override string ToString() => $"{Instances}x{Dim}" + (Salient is 8 or 100 ? "" : $" {Salient} salient");
}

/// <summary>
/// 80 training, 40 validation and 200 test bags of Gaussian noise with two random directions, all decided by a seed; made when asked for, so that big
/// ones need no memory. Instances of a positive bag: the subtle ones first, then the salient ones.
/// </summary>
internal sealed class HardInstancesBags : IBagSource
{
    const int Train = 80, Validation = 40, Test = 200;
    const double SalientShift = 6, SalientShare = 0.6;

    readonly HardShape _shape;
    readonly double _shift;
    readonly int _seed;
    readonly float[] _first, _second;

    public HardInstancesBags(HardShape shape, double shift, int seed)
    {
        (_shape, _shift, _seed) = (shape, shift, seed);
        (_first, _second) = (Direction(0), Direction(1));
        var rows = Enumerable.Range(0, Train + Validation + Test).Select(i => new CohortRow($"{i}", $"{i}", [$"{i}"], i % 2)).ToList();
        Split = new Split(0, rows[..Train], rows[Train..(Train + Validation)], rows[(Train + Validation)..]);
    }

    public Split Split { get; }

    public HardShape Shape => _shape;

    public bool Has(string slideId) => true;

    public bool IsSalient(CohortRow row) => row.Label == 1 && new Random(Mix(int.Parse(row.Id), 2)).NextDouble() < SalientShare;

    public FeatureBag Load(string slideId)
    {
        var number = int.Parse(slideId);
        var row = Split.Train.Concat(Split.Validation).Concat(Split.Test).ElementAt(number);
        var features = Normal(_shape.Instances * _shape.Dim, Mix(number, 3));
        if (row.Label == 1)
        {
            Shift(features, 0, _shape.Subtle, _second, _shift);
            if (IsSalient(row))
                Shift(features, _shape.Subtle, _shape.Salient, _first, SalientShift);
        }
        return new FeatureBag(slideId, "noise", _shape.Dim, features, [], null);
    }

    void Shift(float[] features, int from, int count, float[] direction, double by)
    {
        for (var n = from; n < from + count; n++)
            for (var d = 0; d < _shape.Dim; d++)
                features[n * _shape.Dim + d] += (float)(by * direction[d]);
    }

    float[] Direction(int which)
    {
        var direction = Normal(_shape.Dim, Mix(which, 1));
        var length = Math.Sqrt(direction.Sum(x => (double)x * x));
        return [.. direction.Select(x => (float)(x / length))];
    }

    int Mix(int number, ulong purpose) => (int)(Seeds.Mix((ulong)_seed, (ulong)number, purpose) & int.MaxValue);

    static float[] Normal(int count, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        return randn(count, generator: generator).data<float>().ToArray();
    }
}
