using Mhim.Mil.Layers;
using Mhim.Mil.Layers.Kernels;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

/// <summary>What long bags do not keep for backward but make again is the same as what is kept.</summary>
public sealed class NotKeptTests
{
    static Tensor Draw(int seed, params long[] shape) => randn(shape, generator: new Generator((ulong)seed, CPU));

    static void Near(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Close.To(expected, actual, tolerance);
    }

    [Theory]
    [InlineData(ActivationKind.Gelu, ScalarType.Float32)]
    [InlineData(ActivationKind.Relu, ScalarType.Float32)]
    [InlineData(ActivationKind.Gelu, ScalarType.BFloat16)]
    public void A_projection_that_is_made_again_has_the_same_output_and_gradients(ActivationKind activation, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        var x = Draw(1, 9000, 24).to(precision);                              // more than two stretches of rows
        var rows = randperm(9000, generator: new Generator(2, CPU))[TensorIndex.Slice(0, 8700)];
        var weights = Draw(3, 8700, 16);
        (Tensor Out, Tensor[] Gradients) Through(long mostKept)
        {
            var projection = new Projection(24, 16, activation, 0.25) { MostKept = mostKept };
            using (no_grad())
                foreach (var (i, parameter) in projection.parameters().Index())
                    parameter.copy_(Draw(10 + i, parameter.shape).Times(0.3));
            using var draws = new SeededDraws(5, CPU) { MostKept = mostKept * 16 };
            var h = projection.Forward(x, rows, draws);
            (h.Wide() * weights).sum().backward();
            return (h, [.. projection.parameters().Select(parameter => parameter.grad!)]);
        }
        var (kept, again) = (Through(9000), Through(100));
        // 16 bits have three digits, and the sums over stretches are rounded less often than the one.
        var tolerance = precision == ScalarType.BFloat16 ? 2e-2 : 1e-5;
        Near(kept.Out, again.Out, tolerance);
        Assert.Equal(2, again.Gradients.Length);
        foreach (var (a, b) in kept.Gradients.Zip(again.Gradients))
            Near(a, b, tolerance);
    }

    [Fact]
    public void Dropout_drawn_again_drops_the_same_numbers_on_the_way_back()
    {
        using var scope = NewDisposeScope();
        var x = Draw(1, 300, 7);
        (Tensor Out, Tensor Gradient, Tensor Next) Through(long mostKept)
        {
            using var draws = new SeededDraws(5, CPU) { MostKept = mostKept };
            draws.BeginStep(3);
            var input = x.clone().requires_grad_();
            var y = draws.Dropout(input, 0.25);
            y.sum().backward();
            return (y, input.grad!, draws.Dropout(x.clone().requires_grad_(), 0.25));
        }
        var (kept, again) = (Through(10_000), Through(100));
        Assert.True(kept.Out.equal(again.Out).all().item<bool>());
        Assert.True(kept.Gradient.equal(again.Gradient).all().item<bool>());
        Assert.InRange(again.Gradient.eq(zeros(1)).sum().item<long>(), 400, 650);   // a quarter of 2,100
        Assert.True(kept.Next.equal(again.Next).all().item<bool>());
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(() => GatheredProjection.Apply(zeros(4, 3), zeros(2, ScalarType.Int64), zeros(5, 4), zeros(5), ActivationKind.Relu));
}
