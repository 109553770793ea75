using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

public sealed class KeptAttentionTests
{
    readonly Generator Draws = new(14, CPU);     // of each test its own

    static Tensor Plain(Tensor q, Tensor k, Tensor v) => q.matmul(k.transpose(-1, -2)).softmax(-1).matmul(v);

    static double Off(Tensor wanted, Tensor actual) => (wanted - actual.to(ScalarType.Float64)).abs().max().item<double>();

    [Theory]
    [InlineData(3, 5)]           // rows that are no whole vectors: libtorch's operations
    [InlineData(300, 32)]
    [InlineData(48, 4096)]
    public void Attention_in_16_bits_and_its_gradients_are_near_the_exact_ones(int m, int n)
    {
        using var scope = NewDisposeScope();
        // As heads lie when they were projected: beside one another.
        Tensor Leaf(int rows) => randn(rows, 2 * 16, generator: Draws).to(ScalarType.BFloat16).requires_grad_();
        static Tensor Split(Tensor t) => t.view(-1, 2, 16).transpose(0, 1);
        var leaves = new[] { Leaf(m), Leaf(n), Leaf(n) };
        var upstream = randn(2, m, 16, generator: Draws).to(ScalarType.BFloat16);
        Tensor[] All(Func<Tensor, Tensor, Tensor, Tensor> function, Func<Tensor, Tensor> precision)
        {
            var inputs = leaves.Select(leaf => precision(leaf.detach()).requires_grad_()).ToArray();
            var result = function(Split(inputs[0]), Split(inputs[1]), Split(inputs[2]));
            result.backward([precision(upstream)]);
            return [result, .. inputs.Select(leaf => leaf.grad!)];
        }
        var exact = All(Plain, t => t.to(ScalarType.Float64));
        var libtorchs = All(Plain, t => t.clone());
        var own = All(KeptAttention.Apply, t => t.clone());
        foreach (var ((wanted, actual), other) in exact.Zip(own).Zip(libtorchs))
        {
            Assert.Equal(wanted.shape, actual.shape);
            Assert.Equal(ScalarType.BFloat16, actual.dtype);
            // 16 bits have their own error; ours is not larger than that of libtorch's operations.
            Assert.InRange(Off(wanted, actual), 0, Math.Max(1.5 * Off(wanted, other), 1e-2 * wanted.abs().max().item<double>()));
        }
        using var _ = no_grad();
        var without = KeptAttention.Apply(Split(leaves[0]), Split(leaves[1]), Split(leaves[2]));
        Assert.InRange(Off(own[0].to(ScalarType.Float64), without), 0, exact[0].abs().max().item<double>() / 256);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(7, 256)]
    [InlineData(3, 40_000)]
    public void A_softmax_in_place_is_the_nearest_that_16_bits_can_say(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        foreach (var spread in new[] { 0.1, 3, 60 })
        {
            var numbers = (randn(rows, columns, generator: Draws) * spread).to(ScalarType.BFloat16);
            var wanted = numbers.to(ScalarType.Float64).softmax(-1);
            RowSoftmax.InPlace(numbers);
            // Half a unit in the eighth binary place, and what the sums lack.
            Assert.True(((numbers.to(ScalarType.Float64) - wanted).abs() <= wanted * (1.01 / 256) + 1e-38).all().item<bool>());
            foreach (var width in new[] { columns, columns - 3 })
            {
                var floats = randn(rows, width, generator: Draws) * spread;
                wanted = floats.to(ScalarType.Float64).softmax(-1);
                RowSoftmax.InPlace(floats);
                Assert.True(((floats.to(ScalarType.Float64) - wanted).abs() <= wanted * 2e-6 + 1e-38).all().item<bool>());
            }
        }
    }

    [Fact]
    public void Rows_without_end_or_with_what_is_no_number_stay_visible()
    {
        using var scope = NewDisposeScope();
        var numbers = zeros(2, 32).to(ScalarType.BFloat16);
        numbers[0, 3].copy_(tensor(float.NegativeInfinity));
        numbers[1, 3].copy_(tensor(float.NaN));
        RowSoftmax.InPlace(numbers);
        var floats = numbers.to(ScalarType.Float32);
        Assert.Equal(0, floats[0, 3].item<float>());
        Assert.InRange(floats[0].sum().item<float>(), 0.98, 1.02);
        Assert.True(float.IsNaN(floats[1, 3].item<float>()));
    }

    [Fact]
    public void Two_threads_give_the_same_bits_as_one()
    {
        using var scope = NewDisposeScope();
        var numbers = randn(2000, 256, generator: Draws).to(ScalarType.BFloat16);
        (Tensor Softmax, Tensor Slopes) All()
        {
            var (softmax, slopes) = (numbers.clone(), numbers.clone());
            RowSoftmax.InPlace(softmax);
            RowSoftmax.SlopesInPlace(slopes, softmax);
            return (softmax, slopes);
        }
        var ((one, slopes), (two, others)) = (All(), Close.WithThreads(2, All));
        Close.Exactly(one, two);
        Close.Exactly(slopes, others);
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var scope = NewDisposeScope();
        static Tensor Half(params long[] shape) => zeros(shape).to(ScalarType.BFloat16);
        Assert.Throws<ArgumentException>(() => KeptAttention.Apply(Half(2, 3, 8), Half(2, 5, 8), Half(2, 4, 8)));
        Assert.Throws<ArgumentException>(() => KeptAttention.Apply(Half(2, 3, 8), Half(2, 5, 8), zeros(2, 5, 8)));
        Assert.Throws<ArgumentException>(() => RowSoftmax.InPlace(Half(2, 15)));
        Assert.Throws<ArgumentException>(() => RowSoftmax.InPlace(zeros(2, 16, float64)));
        Assert.Throws<ArgumentException>(() => RowSoftmax.SlopesInPlace(zeros(2, 16), zeros(2, 16)));
        Assert.Throws<ArgumentException>(() => RowSoftmax.SlopesInPlace(Half(2, 16), Half(1, 16)));
    }
}
