using Mhim.Mil.Masking;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Masking;

public sealed class MaskTests
{
    // Ten instances; 0.9 is instance 3, 0.8 is instance 7, the lowest are 5 and 0.
    static readonly float[] Scores = [0.11f, 0.5f, 0.4f, 0.9f, 0.3f, 0.1f, 0.6f, 0.8f, 0.35f, 0.45f];

    [Theory]
    [InlineData(0.2, new long[] { 3, 7 })]
    [InlineData(0.11, new long[] { 3, 7 })]      // ⌈1.1⌉ = 2
    [InlineData(0.3, new long[] { 3, 6, 7 })]
    [InlineData(0.0, new long[0])]
    public void The_highest_scores_are_masked(double ratio, long[] expected) =>
        Assert.Equal(expected, Masked(new MaskingOptions { RatioHigh = ratio }));

    [Fact]
    public void The_lowest_scores_are_masked_together_with_the_highest() =>
        Assert.Equal([0, 3, 5, 7], Masked(new MaskingOptions { RatioHigh = 0.2, RatioLow = 0.2 }));

    [Fact]
    public void Of_the_candidates_a_share_is_drawn()
    {
        // 10·0.2/0.5 = 4 candidates (3, 7, 6, 1), the first two of the drawn order 2, 0, 1, 3 go.
        var masked = Masked(new MaskingOptions { RatioHigh = 0.2, RatioHighRandom = 0.5 }, 0.3f, 0.6f, 0.1f, 0.9f);
        Assert.Equal([3, 6], masked);
    }

    [Fact]
    public void With_more_candidates_than_instances_the_ratio_of_all_is_drawn() =>
        Assert.Equal(6, Masked(new MaskingOptions { RatioHigh = 0.6, RatioHighRandom = 0.3 }).Length);

    [Fact]
    public void A_random_mask_takes_its_share_of_all() =>
        Assert.Equal(3, Masked(new MaskingOptions { RatioHigh = 0, RatioRandom = 0.25 }).Distinct().Count());

    [Fact]
    public void The_schedule_ends_without_a_mask()
    {
        var options = new MaskingOptions { RatioHigh = 0.4, Schedule = MaskSchedule.CosineToZero };
        Assert.Equal(4, MaskedAt(options, 0).Length);
        Assert.Equal(2, MaskedAt(options, 0.5).Length);
        Assert.Empty(MaskedAt(options, 1));
    }

    [Fact]
    public void Heads_vote()
    {
        using var scope = NewDisposeScope();
        // Instance 2 is among the best two of all three heads, instance 0 of two, the others of fewer.
        var scores = tensor(new float[,] { { 0.9f, 0.1f, 0.8f, 0.2f }, { 0.1f, 0.7f, 0.9f, 0.2f }, { 0.8f, 0.3f, 0.9f, 0.1f } });
        var masked = Mask.Of(new MaskingOptions { RatioHigh = 0.5 }).Masked(new MaskInput(scores, default, 0, new SeededDraws(1, CPU)));
        Assert.Equal([0, 2], masked.data<long>().Order());
    }

    [Fact]
    public void What_is_kept_stays_in_order_and_is_never_nothing()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([0, 2, 4], Mask.Kept(5, tensor(new long[] { 3, 1 })).data<long>());
        Assert.Equal([0, 1], Mask.Kept(2, tensor(new long[] { 1, 0 })).data<long>());
    }

    static long[] Masked(MaskingOptions options, params float[] noise) => MaskedAt(options, 0, noise);

    static long[] MaskedAt(MaskingOptions options, double progress, params float[] noise)
    {
        using var scope = NewDisposeScope();
        IDrawSource draws = noise.Length > 0 ? new Given(noise) : new SeededDraws(1, CPU);
        var masked = Mask.Of(options).Masked(new MaskInput(tensor(Scores), default, progress, draws));
        return [.. masked.data<long>().Order()];
    }

    sealed class Given(float[] noise) : IDrawSource
    {
        public Tensor Uniform(Draw draw, long count)
        {
            Assert.Equal(noise.Length, count);
            return tensor(noise);
        }

        public Tensor Dropout(Tensor x, double p) => x;
    }
}
