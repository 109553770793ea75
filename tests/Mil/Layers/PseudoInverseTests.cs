using Mhim.Mil.Layers;
using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

/// <summary>The way to the pseudo-inverse by symmetric products and single columns, against the reference's order of operations.</summary>
public sealed class PseudoInverseTests
{
    readonly Generator Draws = new(15, CPU);     // of each test its own

    /// <summary>Attention between landmarks whose inverse is not far away.</summary>
    Tensor Attention(long heads, long l) => (randn(heads, l, l, generator: Draws) + eye(l) * 8).softmax(-1);

    [Theory]
    [InlineData(32, 1, false)]
    [InlineData(32, 1, true)]
    [InlineData(96, 1, true)]
    [InlineData(24, 1, true)]      // no whole vectors
    [InlineData(96, 20, false)]
    public void Products_with_the_inverse_and_their_gradients_are_those_of_the_reference(long l, long columns, bool rowsOnly)
    {
        using var scope = NewDisposeScope();
        var (a, thin) = (Attention(4, l), randn(4, l, columns, generator: Draws));
        var upstream = randn(4, l, columns, generator: Draws);
        Tensor[] All(ScalarType type, Func<Tensor, Tensor, Tensor> product)
        {
            var (matrix, right) = (a.to(type).requires_grad_(), thin.to(type).requires_grad_());
            var result = product(matrix, right);
            result.backward([upstream.to(type)]);
            return [result, matrix.grad!, right.grad!];
        }
        var exact = All(ScalarType.Float64, (matrix, right) => columns == 1 ? right.transpose(-1, -2).matmul(PseudoInverse.InOrder(matrix)).transpose(-1, -2) : PseudoInverse.InOrder(matrix).matmul(right));
        foreach (var (type, tolerance) in new[] { (ScalarType.Float64, 1e-10), (ScalarType.Float32, 1e-3) })
        {
            var own = All(type, (matrix, right) =>
            {
                var inverse = PseudoInverse.Of(matrix, rowsOnly);
                return columns == 1 ? inverse.After(right.transpose(-1, -2)).transpose(-1, -2) : inverse.Times(right);
            });
            foreach (var (wanted, actual) in exact.Zip(own))
                Close.To(wanted, actual, tolerance);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(45)]
    [InlineData(300)]
    [InlineData(600)]
    public void A_product_known_to_be_symmetric_is_the_same_with_half_of_the_work(long l)
    {
        using var scope = NewDisposeScope();
        var root = randn(3, l, 40, generator: Draws);
        var (start, wide) = (Symmetric.Half(randn(3, l, l, generator: Draws)), root.to(ScalarType.Float64));
        var (whole, added) = (empty(3, l, l), start.clone());
        Product.Run(whole, root, root.transpose(-1, -2), null, add: false, 2, symmetric: true);
        Product.Run(added, root, root.transpose(-1, -2), null, add: true, -1, symmetric: true);
        var product = wide.matmul(wide.transpose(-1, -2));
        Close.To(product * 2, whole, 1e-5);
        Close.To(start.to(ScalarType.Float64) - product, added, 1e-5);
        Close.Exactly(whole, whole.transpose(-1, -2));
        Assert.Throws<ArgumentException>(() => Product.Run(empty(3, l, l + 1), root, randn(3, 40, l + 1), null, false, 1, symmetric: true));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(64)]
    public void Half_the_sum_with_the_transposed_is_symmetric(long l)
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { randn(2, l, l, generator: Draws), randn(2, l, l + 3, generator: Draws).narrow(2, 1, l), randn(2, l, l, generator: Draws).transpose(-1, -2) })
            Close.To((t + t.transpose(-1, -2)).to(ScalarType.Float64) / 2, Symmetric.Half(t), 1e-6);
    }
}
