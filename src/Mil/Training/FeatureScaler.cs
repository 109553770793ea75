using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Brings each feature to mean 0 and deviation 1: (x − mean)·scale, with statistics of the training rows alone.</summary>
/// <param name="mean">[D].</param>
/// <param name="scale">[D], 1/deviation; 0 for a feature that never changes.</param>
internal sealed class FeatureScaler(float[] mean, float[] scale)
{
    /// <summary>Deviations below this share of the mean's size are rounding, not signal.</summary>
    const double Constant = 1e-6;

    /// <summary>Instances that are held in float64 at a time.</summary>
    const long Slice = 8192;

    /// <summary>[D]</summary>
    public float[] Mean => mean;

    /// <summary>[D]</summary>
    public float[] Scale => scale;

    /// <summary>Leaves features as they are.</summary>
    public static FeatureScaler None(int dim) => new(new float[dim], [.. Enumerable.Repeat(1f, dim)]);

    /// <summary>Statistics over all instances of some bags, in one pass with sums in float64; no more than one bag is held at a time.</summary>
    /// <param name="bags">How many.</param>
    /// <param name="bag">[N, D] the bag of a number from 0.</param>
    /// <param name="dim">D.</param>
    public static FeatureScaler Fit(int bags, Func<int, Tensor> bag, int dim)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (sum, squares, count) = (zeros(dim, ScalarType.Float64), zeros(dim, ScalarType.Float64), 0L);
        for (var i = 0; i < bags; i++)
        {
            using var inner = NewDisposeScope();
            var all = bag(i);
            for (long at = 0; at < all.shape[0]; at += Slice)
            {
                using var piece = NewDisposeScope();
                var x = all.narrow(0, at, Math.Min(Slice, all.shape[0] - at)).to(ScalarType.Float64);
                sum.PlusInPlace(x.sum(dim: 0).cpu());
                squares.PlusInPlace(x.mul_(x).sum(dim: 0).cpu());
            }
            count += all.shape[0];
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
