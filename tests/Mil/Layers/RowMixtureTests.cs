using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

public sealed class RowMixtureTests
{
    static Tensor Plain(Tensor weights, Tensor q, Tensor k) =>
        weights.matmul(q.matmul(k.reshape(k.shape[0], q.shape[0], -1).permute(1, 2, 0)).softmax(-1)).squeeze(1);

    static Tensor[] All(Func<Tensor, Tensor, Tensor, Tensor> function, ScalarType weightType, ScalarType type, int n)
    {
        var generator = new Generator(8, CPU);
        Tensor Leaf(ScalarType precision, params long[] shape) => randn(shape, generator: generator).to(precision).requires_grad_();
        var (weights, q, k) = (Leaf(weightType, 3, 1, 5), Leaf(type, 3, 5, 8), Leaf(type, n, 24));
        var upstream = randn(3, n, generator: generator);
        var result = function(weights, q, k);
        result.backward([upstream.to(result.dtype)]);
        return [result, weights.grad!, q.grad!, k.grad!];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(701)]
    public void A_mixture_and_its_gradients_are_those_of_libtorchs_operations(int n)
    {
        using var scope = NewDisposeScope();
        var expected = All(Plain, ScalarType.Float64, ScalarType.Float64, n);
        foreach (var (type, tolerance) in new[] { (ScalarType.Float64, 1e-12), (ScalarType.Float32, 5e-6), (ScalarType.BFloat16, 5e-2) })
            foreach (var (one, other) in expected.Zip(All(RowMixture.Apply, type == ScalarType.Float64 ? type : ScalarType.Float32, type, n)))
            {
                Assert.Equal(one.shape, other.shape);
                Assert.InRange((one - other.to(ScalarType.Float64)).abs().max().item<double>(), 0, tolerance * Math.Max(one.abs().max().item<double>(), 0.1));
            }
    }

    [Fact]
    public void Two_threads_give_the_same_slopes_bit_for_bit_as_one()
    {
        using var scope = NewDisposeScope();
        var (rows, g) = (randn(64, 333).softmax(-1), randn(333));
        var (one, two) = (rows.clone(), rows.clone());
        Close.Exactly(RowMixture.SlopesInPlace(one, g), Close.WithThreads(2, () => RowMixture.SlopesInPlace(two, g)));
        Close.Exactly(one, two);
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => RowMixture.Apply(ones(3, 1, 5), ones(3, 5, 8), ones(9, 23)));
        Assert.Throws<ArgumentException>(() => RowMixture.Apply(ones(3, 1, 4), ones(3, 5, 8), ones(9, 24)));
    }
}
