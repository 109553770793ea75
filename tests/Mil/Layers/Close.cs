using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

static class Close
{
    /// <summary>Same shape, and nowhere further apart than a share of the largest number that is wanted.</summary>
    /// <param name="least">What that number counts as where it is smaller.</param>
    public static void To(Tensor wanted, Tensor actual, double share, double least = 0)
    {
        Assert.Equal(wanted.shape, actual.shape);
        var exact = wanted.to(ScalarType.Float64);
        Assert.InRange((exact - actual.to(ScalarType.Float64)).abs().max().item<double>(), 0, share * Math.Max(exact.abs().max().item<double>(), least));
    }

    /// <summary>The same bits.</summary>
    public static void Exactly(Tensor wanted, Tensor actual) => Assert.True(wanted.equal(actual).all().item<bool>());

    /// <summary>What comes of it when libtorch and our kernels may use so many threads.</summary>
    public static T WithThreads<T>(int threads, Func<T> work)
    {
        var before = get_num_threads();
        set_num_threads(threads);
        try
        {
            return work();
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
