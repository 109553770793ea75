using Mhim.Mil.Layers;
using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

/// <summary>The depthwise convolution of our own against libtorch's in float64: values and all gradients.</summary>
public sealed class DepthwiseTests
{
    static Tensor[] Gradients(Func<Tensor[], Tensor> function, Tensor weights, params Tensor[] inputs)
    {
        var leaves = inputs.Select(input => input.detach().clone().requires_grad_()).ToArray();
        var result = function(leaves);
        result.backward([weights.to(result.dtype)]);
        return [result, .. leaves.Select(leaf => leaf.grad!)];
    }

    static void Compare(Tensor[] expected, Tensor[] actual, double tolerance)
    {
        foreach (var (one, other) in expected.Zip(actual))
            Close.To(one, other, tolerance, least: 1e-3);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 8)]
    [InlineData(3, 24)]
    [InlineData(17, 40)]
    [InlineData(33, 16)]
    [InlineData(34, 64)]
    [InlineData(1100, 24)]
    public void A_line_is_convolved_over_33_places(int n, int dim)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1, CPU);
        var (x, kernel, bias, weights) = (randn(n, dim, generator: generator), randn(33, dim, generator: generator), randn(dim, generator: generator), randn(n, dim, generator: generator));
        Tensor Plain(Tensor[] t) => nn.functional.conv1d(t[0].T.unsqueeze(0), t[1].T.unsqueeze(1), t[2], padding: 16, groups: dim)[0].T;
        var expected = Gradients(Plain, weights, [.. new[] { x, kernel, bias }.Select(t => t.to(ScalarType.Float64))]);
        Compare(expected, Gradients(t => Depthwise.Apply(t[0], t[1], t[2], Grid.Line(n), new Window(1, 33)), weights, x, kernel, bias), 2e-6);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 16)]
    [InlineData(3, 8)]
    [InlineData(5, 24)]
    [InlineData(37, 16)]
    [InlineData(48, 16)]
    [InlineData(49, 40)]
    [InlineData(50, 16)]
    [InlineData(57, 16)]
    [InlineData(720, 16)]
    [InlineData(730, 64)]
    public void A_square_is_filled_up_and_convolved_as_the_position_encoding_was(int n, int dim)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(2, CPU);
        var (x, kernel, bias, weights) = (randn(n, dim, generator: generator), randn(dim, 1, 7, 7, generator: generator), randn(dim, generator: generator), randn(n, dim, generator: generator));
        var expected = Gradients(t => Ppeg.Plainly(t[0], t[1], t[2]), weights, [.. new[] { x, kernel, bias }.Select(t => t.to(ScalarType.Float64))]);
        Tensor Own(Tensor[] t) => Depthwise.Apply(t[0], t[1].view(dim, 49).T, t[2], Grid.Square(n, 7), new Window(7, 7));
        Compare(expected, Gradients(Own, weights, x, kernel, bias), 3e-6);
        var half = Gradients(t => Own([t[0], t[1], t[2]]), weights.to(ScalarType.BFloat16), x.to(ScalarType.BFloat16), kernel, bias);
        Compare(expected, half, 2e-2);
    }

    [Fact]
    public void Two_threads_give_the_same_bits_as_one()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3, CPU);
        var (x, kernel, bias, weights) = (randn(700, 128, generator: generator), randn(49, 128, generator: generator), randn(128, generator: generator), randn(700, 128, generator: generator));
        Tensor[] All() => Gradients(t => Depthwise.Apply(t[0], t[1], t[2], Grid.Square(700, 7), new Window(7, 7)), weights, x, kernel, bias);
        foreach (var (alone, together) in All().Zip(Close.WithThreads(2, All)))
            Close.Exactly(alone, together);
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => Depthwise.Apply(ones(10, 16), ones(33, 8), ones(16), Grid.Line(10), new Window(1, 33)));
        Assert.Throws<ArgumentException>(() => Depthwise.Apply(ones(10, 16), ones(33, 16), ones(16), Grid.Line(11), new Window(1, 33)));
        Assert.Throws<ArgumentException>(() => Depthwise.Apply(ones(10, 16), ones(33, 16), ones(16), new Grid(3, 3, 10, 10), new Window(1, 33)));
        Assert.Throws<ArgumentException>(() => Depthwise.Apply(ones(10, 16), ones(32, 16), ones(16), Grid.Line(10), new Window(1, 32)));
        Assert.Throws<ArgumentException>(() => Depthwise.Apply(ones(10, 16, ScalarType.Float64), ones(33, 16), ones(16), Grid.Line(10), new Window(1, 33)));
    }
}
