using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Brings each feature to mean 0 and deviation 1: (x − mean)·scale, with statistics of the training rows alone.</summary>
/// <param name="mean">[D].</param>
/// <param name="scale">[D], 1/deviation; 0 for a feature that never changes.</param>
internal sealed class FeatureScaler(float[] mean, float[] scale)
{
    /// <summary>Deviations below this share of the mean's size are rounding, not signal.</summary>
    const double Constant = 1e-6;

    /// <summary>[D]</summary>
    public float[] Mean => mean;

    /// <summary>[D]</summary>
    public float[] Scale => scale;

    /// <summary>Leaves features as they are.</summary>
    public static FeatureScaler None(int dim) => new(new float[dim], [.. Enumerable.Repeat(1f, dim)]);

    /// <summary>Statistics over all instances of the bags given, in one pass with sums in float64.</summary>
    public static FeatureScaler Fit(IEnumerable<Tensor> bags, int dim)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (sum, squares, count) = (zeros(dim, ScalarType.Float64), zeros(dim, ScalarType.Float64), 0L);
        foreach (var bag in bags)
        {
            using var inner = NewDisposeScope();
            var x = bag.to(ScalarType.Float64);
            sum.add_(x.sum(dim: 0));
            squares.add_(x.mul_(x).sum(dim: 0));
            count += bag.shape[0];
        }
        var (s, q) = (sum.data<double>().ToArray(), squares.data<double>().ToArray());
        var mean = new float[dim];
        var scale = new float[dim];
        for (var d = 0; d < dim; d++)
        {
            var m = s[d] / count;
            var deviation = Math.Sqrt(Math.Max(0, q[d] / count - m * m));
            mean[d] = (float)m;
            scale[d] = deviation > Constant * Math.Max(Math.Abs(m), 1e-6) ? (float)(1 / deviation) : 0;
        }
        return new FeatureScaler(mean, scale);
    }

    /// <summary>Scales in place.</summary>
    /// <param name="x">[N, D], float32.</param>
    public void Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        x.sub_(tensor(mean, device: x.device)).mul_(tensor(scale, device: x.device));
    }
}
