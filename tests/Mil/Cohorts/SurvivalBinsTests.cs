using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

public sealed class SurvivalBinsTests
{
    static readonly CohortRow[] Training =
    [
        .. from i in Enumerable.Range(1, 5) select new CohortRow($"e{i}", $"e{i}", [$"e{i}"], Time: 10 * i, Event: true),
        new CohortRow("c", "c", ["c"], Time: 90),
        // A second slide of a patient does not count twice.
        new CohortRow("e1b", "e1", ["e1b"], Time: 10, Event: true),
    ];

    [Fact]
    public void Inner_edges_are_quartiles_of_events_and_outer_edges_hold_everyone()
    {
        var bins = SurvivalBins.Fit(Training);
        Assert.Equal([10 - 1e-6, 20, 30, 40, 90 + 1e-6], bins.Edges);
        Assert.Equal([0, 0, 1, 1, 3, 3], new[] { 10, 19.9, 20, 29.9, 40, 90 }.Select(bins.Bin));
    }

    [Fact]
    public void Times_outside_training_go_to_the_outermost_bins()
    {
        var bins = SurvivalBins.Fit(Training);
        Assert.Equal(0, bins.Bin(1));
        Assert.Equal(3, bins.Bin(1000));
    }

    [Theory]
    [InlineData(new double[] { 1, 1, 1, 1, 2, 3 }, new double[] { 1.75 })]          // two quartiles at 1, where nobody had an event before
    [InlineData(new double[] { 1, 2, 2, 2, 2, 2 }, new double[] { 2 })]
    [InlineData(new double[] { 1, 2, 3, 3, 3, 3, 3, 3 }, new double[] { 2.75 })]
    public void Where_many_share_a_time_there_are_fewer_bins_each_with_an_event(double[] times, double[] inner)
    {
        var bins = SurvivalBins.Fit(times, [.. times.Select(_ => true)]);
        Assert.Equal(inner, bins.Edges.Skip(1).SkipLast(1));
        Assert.Equal(Enumerable.Range(0, bins.Count), times.Select(bins.Bin).Distinct().Order());
    }

    [Fact]
    public void Events_at_one_time_are_refused_before_anything_is_trained()
    {
        var error = Assert.Throws<InputException>(() => SurvivalBins.Fit([1, 3, 3, 3, 3, 9], [false, true, true, true, true, false]));
        Assert.Equal("survival-one-time", error.Code);
        Assert.Contains("(3)", error.Message);
    }

    [Fact]
    public void Too_few_events_are_refused() =>
        Assert.Equal("survival-few-events", Assert.Throws<InputException>(() => SurvivalBins.Fit([1, 2, 3, 4], [true, true, false, true])).Code);
}
