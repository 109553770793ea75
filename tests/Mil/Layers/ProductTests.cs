using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

public sealed class ProductTests
{
    static readonly Generator Draws = new(11, CPU);

    /// <summary>A matrix, or the same numbers as part of a larger or as a transposed one.</summary>
    static Tensor Laid(string how, params long[] shape)
    {
        var numbers = randn(shape, generator: Draws);
        switch (how)
        {
            case "transposed":
                return numbers.transpose(-1, -2).contiguous().transpose(-1, -2);
            case "part":
                var larger = randn([.. shape[..^1], shape[^1] + 5], generator: Draws).narrow(-1, 3, shape[^1]);
                larger.copy_(numbers);
                return larger;
            case "every other":
                return randn([.. shape, 2], generator: Draws).select(-1, 1);
            default:
                return numbers;
        }
    }

    static void Near(Tensor expected, Tensor actual, double k)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual.to(ScalarType.Float64)).abs().max().item<double>(), 0, 4e-7 * (k + 8));
    }

    public static TheoryData<long, long, long> Sizes() => new()
    {
        { 1, 1, 1 }, { 12, 1, 32 }, { 11, 7, 31 }, { 13, 5, 33 }, { 25, 512, 64 }, { 24, 513, 65 }, { 97, 1100, 40 }, { 192, 64, 1030 }, { 40, 600, 2100 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Matrices_of_any_size_and_layout_are_multiplied(long m, long k, long n)
    {
        using var scope = NewDisposeScope();
        foreach (var first in new[] { "", "transposed", "part", "every other" })
            foreach (var second in new[] { "", "transposed", "part", "every other" })
            {
                var (a, b, bias) = (Laid(first, m, k), Laid(second, k, n), Laid("", n));
                var into = Laid(n > 1 ? "part" : "", m, n);
                var before = into.to(ScalarType.Float64);
                var product = a.to(ScalarType.Float64).matmul(b.to(ScalarType.Float64));
                Product.Run(into, a, b, null, add: true, -2);
                Near(before - product * 2, into, 2 * k);
                Product.Run(into, a, b, bias, add: false, 1);
                Near(product + bias, into, k);
            }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Heads_are_multiplied_one_by_one(long heads)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Laid("part", heads, 50, 70), Laid("transposed", heads, 70, 90));
        var into = empty(50, heads, 90).transpose(0, 1);
        Product.Run(into, a, b, null, add: false, 1);
        Near(a.to(ScalarType.Float64).matmul(b.to(ScalarType.Float64)), into, 70);
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Laid("", 500, 1200), Laid("transposed", 1200, 1500));
        var results = new[] { 1, 2, 5 }.Select(threads => Close.WithThreads(threads, () =>
        {
            var into = empty(500, 1500);
            Product.Run(into, a, b, null, add: false, 1);
            return into;
        })).ToList();
        Assert.All(results.Skip(1), other => Close.Exactly(results[0], other));
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var scope = NewDisposeScope();
        var into = empty(4, 5);
        Assert.Throws<ArgumentException>(() => Product.Run(into, randn(4, 3), randn(4, 5), null, false, 1));
        Assert.Throws<ArgumentException>(() => Product.Run(into.T, randn(5, 3), randn(3, 4), null, false, 1));
        Assert.Throws<ArgumentException>(() => Product.Run(into, randn(4, 3), randn(3, 5), randn(4), false, 1));
        Assert.Throws<ArgumentException>(() => Product.Run(empty(2, 4, 5), randn(3, 4, 3), randn(3, 3, 5), null, false, 1));
        Assert.Throws<ArgumentException>(() => Product.Run(into, randn(4, 3), randn(1, 3, 5), null, false, 1));
        Assert.Throws<ArgumentException>(() => Product.Run(into, randn(4, 3, float64), randn(3, 5, float64), null, false, 1));
    }

    // Large enough for the kernel where this processor prefers it; libtorch's elsewhere.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_are_those_of_libtorchs_operations(bool biased)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = (Laid("part", 300, 120).requires_grad_(), Laid("", 90, 120).requires_grad_(), Laid("", 90).requires_grad_());
        var upstream = Laid("transposed", 300, 90);
        var wide = new[] { x, weight, bias }.Select(t => t.detach().to(ScalarType.Float64).requires_grad_()).ToList();
        var expected = nn.functional.linear(wide[0], wide[1], biased ? wide[2] : null);
        var result = Product.Linear(x, weight, biased ? bias : null);
        Near(expected, result, 120);
        expected.backward([upstream.to(ScalarType.Float64)]);
        result.backward([upstream]);
        Near(wide[0].grad!, x.grad!, 90);
        Near(wide[1].grad!, weight.grad!, 300);
        if (biased)
            Near(wide[2].grad!, bias.grad!, 300);
    }

    [Fact]
    public void Heads_have_gradients_too()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Laid("transposed", 4, 60, 100).requires_grad_(), Laid("", 4, 100, 128).requires_grad_());
        var (wideA, wideB) = (a.detach().to(ScalarType.Float64).requires_grad_(), b.detach().to(ScalarType.Float64).requires_grad_());
        var upstream = Laid("", 4, 60, 128);
        wideA.matmul(wideB).backward([upstream.to(ScalarType.Float64)]);
        Product.Of(a, b).backward([upstream]);
        Near(wideA.grad!, a.grad!, 128);
        Near(wideB.grad!, b.grad!, 60);
    }
}
