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

    [Fact]
    public void Too_few_events_are_refused() =>
        Assert.Equal("survival-few-events", Assert.Throws<InputException>(() => SurvivalBins.Fit([1, 2, 3, 4], [true, true, false, true])).Code);
}
