using Mhim.Mil.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

/// <summary>Nyström attention with the least work, whose large matrices are not kept, says the same as in the reference's order of operations.</summary>
public sealed class LongAttentionTests
{
    const int Dim = 64;

    // The weights are drawn by the modules themselves, from a seed, so that a case that fails fails in every run. Only the way differs.
    static (NystromAttention InOrder, NystromAttention LeastWork) Two(ScalarType precision)
    {
        manual_seed(6);
        var (inOrder, leastWork) = (new NystromAttention(Dim, 0), new NystromAttention(Dim, 0) { InOrderUpTo = 0 });
        inOrder.to(precision);
        leastWork.to(precision);
        using var _ = no_grad();
        foreach (var (name, weight) in inOrder.named_parameters())
            leastWork.get_parameter(name)!.copy_(weight);
        return (inOrder, leastWork);
    }

    static void Near(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var largest = expected.abs().max().to(ScalarType.Float64).item<double>();
        var tolerance = expected.dtype == ScalarType.Float64 ? 1e-11 : 5e-5;
        Assert.InRange((expected - actual).abs().max().to(ScalarType.Float64).item<double>(), 0, tolerance * Math.Max(largest, 1e-3));
    }

    public static TheoryData<bool, int, ScalarType> Cases()
    {
        var cases = new TheoryData<bool, int, ScalarType>();
        foreach (var classTokenOnly in new[] { false, true })
            foreach (var tokens in new[] { 2, 31, 32, 77, 450 })
                foreach (var precision in new[] { ScalarType.Float32, ScalarType.Float64 })
                    cases.Add(classTokenOnly, tokens, precision);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_and_all_gradients_are_the_same(bool classTokenOnly, int tokens, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        var (inOrder, leastWork) = Two(precision);
        var x = randn(tokens, Dim, precision, generator: new Generator(3, CPU));
        var (first, second) = (x.clone().requires_grad_(), x.clone().requires_grad_());
        var (a, b) = (inOrder.Forward(first, classTokenOnly, false, null).Out, leastWork.Forward(second, classTokenOnly, false, null).Out);
        Near(a, b);
        var weights = randn(a.shape, precision, generator: new Generator(4, CPU));
        (a * weights).sum().backward();
        (b * weights).sum().backward();
        Near(first.grad!, second.grad!);
        foreach (var (name, parameter) in inOrder.named_parameters())
            Near(parameter.grad!, leastWork.get_parameter(name)!.grad!);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attention_and_values_for_scores_are_the_same(bool classTokenOnly, int tokens, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (inOrder, leastWork) = Two(precision);
        var x = randn(tokens, Dim, precision, generator: new Generator(5, CPU));
        var (a, b) = (inOrder.Forward(x, classTokenOnly, true, null), leastWork.Forward(x, classTokenOnly, true, null));
        Near(a.Out, b.Out);
        Near(a.Attention!, b.Attention!);
        if (!classTokenOnly)
            Near(a.Values!, b.Values!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_16_bits_a_long_sequence_says_nearly_the_same_with_and_without_its_attention_kept(bool instances)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (_, kept) = Two(ScalarType.Float32);
        var x = randn(300, Dim, generator: new Generator(7, CPU)).to(ScalarType.BFloat16);
        var a = kept.Forward(x, false, instances, null).Out.to(ScalarType.Float32);
        kept.Longest = 16;
        var b = kept.Forward(x, false, instances, null).Out.to(ScalarType.Float32);
        Assert.InRange((a - b).abs().max().item<float>(), 0, 0.05f * a.abs().max().item<float>());
    }
}
