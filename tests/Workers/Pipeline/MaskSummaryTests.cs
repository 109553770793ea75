using Mhim.Mil.Inference;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Pipeline;

public sealed class MaskSummaryTests
{
    [Theory]
    [InlineData(new int[0], "")]
    [InlineData(new[] { 7 }, "7")]
    [InlineData(new[] { 0, 1, 2, 5, 7, 8 }, "0-2,5,7-8")]
    public void Neighbours_are_written_as_one_range(int[] indices, string text) => Assert.Equal(text, MaskSummary.Ranges(indices));

    [Fact]
    public void It_says_who_scored() =>
        Assert.Equal(new MaskSummary("teacher", 1, 3, "2", "0-1,3"), MaskSummary.Of(new InstanceMask([2], [0, 1, 3], ByTeacher: true)));
}
