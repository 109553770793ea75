using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Training;

public sealed class DropoutMaskTests
{
    // One number at a time, as the mask is defined.
    static bool[] Dropped(int count, ulong counter, ushort drop) =>
        [.. Enumerable.Range(0, count).Select(i => (ushort)(Seeds.Next(counter + (ulong)i / 4) >> i % 4 * 16) < drop)];

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(1001)]
    public void Both_precisions_drop_what_the_counter_says(int count)
    {
        const ushort drop = 16384;
        var expected = Dropped(count, 77, drop);
        var (wide, narrow) = (new uint[count], new ushort[count]);
        DropoutMask.Fill(wide, 77, drop, 5u);
        DropoutMask.Fill(narrow, 77, drop, (ushort)6);
        Assert.Equal(expected.Select(d => d ? 0u : 5u), wide);
        Assert.Equal(expected.Select(d => d ? (ushort)0 : (ushort)6), narrow);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_mask_that_is_filled_piece_by_piece_is_the_same(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = zeros(37, 11, type);
        var whole = DropoutMask.Of(x, 99, 0.25);
        Assert.True(whole.eq(DropoutMask.Of(x, 99, 0.25, piece: 64)).all().item<bool>());
        Assert.Equal(Dropped(407, 99, 16384).Count(dropped => dropped), 407 - whole.count_nonzero().item<long>());
    }

    [Fact]
    public void A_quarter_is_a_quarter()
    {
        var mask = new uint[100_000];
        DropoutMask.Fill(mask, 5, 16384, 1u);
        Assert.Equal(0.25, 1 - mask.Average(x => x), 0.005);
    }
}
