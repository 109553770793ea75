using Mhim.Mil.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

/// <summary>Nyström attention whose large matrices are not kept says the same as with them.</summary>
public sealed class LongAttentionTests
{
    const int Dim = 64, Tokens = 77;

    // The weights are drawn by the modules themselves; only the sequence's length that counts as long differs.
    static (NystromAttention Kept, NystromAttention Blockwise) Two()
    {
        var (kept, blockwise) = (new NystromAttention(Dim, 0), new NystromAttention(Dim, 0) { Longest = 16 });
        using var _ = no_grad();
        foreach (var (name, weight) in kept.named_parameters())
            blockwise.get_parameter(name)!.copy_(weight);
        return (kept, blockwise);
    }

    static void Near(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var largest = expected.abs().max().item<float>();
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5f * Math.Max(largest, 1e-3f));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Outputs_and_all_gradients_are_the_same(bool classTokenOnly)
    {
        using var scope = NewDisposeScope();
        var (kept, blockwise) = Two();
        var x = randn(Tokens, Dim, generator: new Generator(3, CPU)).mul(3f);
        var (first, second) = (x.clone().requires_grad_(), x.clone().requires_grad_());
        var (a, b) = (kept.Forward(first, classTokenOnly, false, null).Out, blockwise.Forward(second, classTokenOnly, false, null).Out);
        Near(a, b);
        var weights = randn(a.shape, generator: new Generator(4, CPU));
        (a * weights).sum().backward();
        (b * weights).sum().backward();
        Near(first.grad!, second.grad!);
        foreach (var (name, parameter) in kept.named_parameters())
            Near(parameter.grad!, blockwise.get_parameter(name)!.grad!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_and_values_for_scores_are_the_same(bool classTokenOnly)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (kept, blockwise) = Two();
        var x = randn(Tokens, Dim, generator: new Generator(5, CPU)).mul(3f);
        var (a, b) = (kept.Forward(x, classTokenOnly, true, null), blockwise.Forward(x, classTokenOnly, true, null));
        Near(a.Out, b.Out);
        Near(a.Attention!, b.Attention!);
        Near(a.Values!, b.Values!);
    }

    [Fact]
    public void A_mixture_of_rows_is_summed_over_blocks()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var generator = new Generator(6, CPU);
        var (weights, q, k) = (randn(2, 1, 5, generator: generator), randn(2, 5, 8, generator: generator), randn(2, 9_001, 8, generator: generator));
        Near(weights.matmul(q.matmul(k.transpose(-1, -2)).softmax(-1)), LongAttention.Mixture(weights, q, k));
    }
}
