using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

public sealed class RowBlockAttentionTests
{
    static Tensor[] All(Func<Tensor, Tensor, Tensor, Tensor> function, ScalarType type, int m, int n)
    {
        var generator = new Generator(12, CPU);
        Tensor Leaf(params long[] shape) => randn(shape, generator: generator).to(type).requires_grad_();
        var (q, k, v) = (Leaf(2, m, 16), Leaf(2, n, 16), Leaf(2, n, 16));
        var result = function(q, k, v);
        result.backward([randn(result.shape, generator: generator).to(type)]);
        return [result, q.grad!, k.grad!, v.grad!];
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(100, 700)]
    [InlineData(700, 100)]
    [InlineData(150, 50_000)]      // several blocks of rows
    public void Attention_and_its_gradients_are_those_of_libtorchs_operations(int m, int n)
    {
        using var scope = NewDisposeScope();
        static Tensor Plain(Tensor q, Tensor k, Tensor v) => q.matmul(k.transpose(-1, -2)).softmax(-1).matmul(v);
        var exact = All(Plain, ScalarType.Float64, m, n);
        var alone = All(RowBlockAttention.Apply, ScalarType.Float32, m, n);
        foreach (var (wanted, actual) in exact.Zip(alone))
            Close.To(wanted, actual, 1e-5);
        foreach (var workers in new[] { 2, 5 })             // with five, all go through a head together
            foreach (var (one, other) in alone.Zip(Close.WithThreads(workers, () => All(RowBlockAttention.Apply, ScalarType.Float32, m, n))))
                Close.Exactly(one, other);
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => RowBlockAttention.Apply(randn(2, 3, 8), randn(2, 5, 8), randn(2, 4, 8)));
        Assert.Throws<ArgumentException>(() => RowBlockAttention.Apply(randn(2, 3, 8), randn(1, 5, 8), randn(1, 5, 8)));
        Assert.Throws<ArgumentException>(() => RowBlockAttention.Apply(randn(2, 3, 8, float64), randn(2, 5, 8, float64), randn(2, 5, 8, float64)));
    }
}
