using Mhim.Features;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Reports;

public sealed class RunFiguresTests
{
    static RunResult Run(params (string Id, int Label, double Tumour)[] cases) => new(RunOptions.Small, "stain-texture", ["normal", "tumour"],
        [new StageResult(0, "mhim", "fold-0/mhim", 3, "auc", 0.8, 0.75, 12, [new EpochRecord(0.7, double.NaN, 0.5, 0.4)],
            [.. cases.Select(c => new HeldOut(0, "mhim", c.Id, c.Id, c.Label, null, null, [1 - c.Tumour, c.Tumour], null))])], [], "fold-0/mhim", []);

    static RunResult Survival(params (double Time, bool Event, double Risk)[] cases) => new(RunOptions.Small, "stain-texture", [],
        [new StageResult(0, "mhim", "fold-0/mhim", 3, "c_index", 0.8, 0.75, 12, [],
            [.. cases.Select((c, i) => new HeldOut(0, "mhim", $"c{i}", $"p{i}", -1, c.Time, c.Event, [1 - c.Risk], c.Risk))]) { RiskThreshold = 0.5 }], [], "fold-0/mhim", []);

    [Fact]
    public void The_surest_mistake_comes_first_and_the_curve_starts_and_ends_at_its_corners()
    {
        var model = Assert.Single(RunFigures.Of(Run(("a", 0, 0.9), ("b", 0, 0.2), ("c", 1, 0.3), ("d", 1, 0.8))).Models);
        Assert.Equal(["a", "c"], model.MostWrong.Select(c => c.Id));
        Assert.Equal(("normal", "tumour", 2), (model.MostWrong[0].Truth, model.MostWrong[0].Called, model.WrongCases));
        Assert.Equal(0.1, model.MostWrong[0].ProbabilityOfTruth!.Value, 1e-12);
        Assert.Equal([[1, 1], [1, 1]], model.Confusion);
        Assert.Equal(((0.0, 0.0), (1.0, 1.0)), ((model.Roc[0].Points[0].X, model.Roc[0].Points[0].Y), (model.Roc[0].Points[^1].X, model.Roc[0].Points[^1].Y)));
        Assert.Equal((0.5, null as double?), (model.Roc[0].Area!.Value, model.Roc[0].Points[0].Threshold));
        Assert.Equal((4, null as double?), (model.Training[0].BestEpoch, model.Training[0].Epochs[0].ValidationLoss));
    }

    [Fact]
    public void A_long_curve_is_thinned_and_keeps_its_end()
    {
        var random = new Random(2);
        var figures = RunFigures.Of(Run([.. Enumerable.Range(0, 5000).Select(i => ($"c{i}", i % 2, random.NextDouble()))]));
        Assert.InRange(figures.Models[0].Roc[0].Points.Count, 300, 402);
        Assert.Equal((1, 1), (figures.Models[0].Roc[0].Points[^1].X, figures.Models[0].Roc[0].Points[^1].Y));
    }

    [Fact]
    public void Risk_groups_part_at_the_threshold_of_the_fold_and_a_late_event_of_high_risk_is_ranked_wrong()
    {
        var model = Assert.Single(RunFigures.Of(Survival((1, true, 0.9), (2, true, 0.8), (9, true, 0.95), (8, false, 0.1), (7, true, 0.2))).Models);
        Assert.Equal([("Low risk", 2, 1), ("High risk", 3, 3)], model.Survival!.Groups.Select(g => (g.Name, g.Cases, g.Events)));
        Assert.Equal("c2", model.MostWrong[0].Id);
        Assert.Equal((3, 3), (model.MostWrong[0].WrongPairs, model.MostWrong[0].Pairs));
        Assert.Equal([8.0], model.Survival.Groups[0].Censored);
    }

    [Fact]
    public void Two_runs_are_compared_on_the_cases_that_both_have()
    {
        var good = Run(("a", 0, 0.1), ("b", 0, 0.2), ("c", 1, 0.9), ("d", 1, 0.8), ("e", 1, 0.7));
        var bad = Run(("a", 0, 0.9), ("b", 0, 0.2), ("c", 1, 0.1), ("d", 1, 0.8), ("x", 0, 0.7));
        var comparison = RunComparison.Of(good, bad);
        Assert.Equal((4, 1, 1), (comparison.Cases, comparison.OnlyHere, comparison.OnlyThere));
        Assert.Equal((1.0, 0.25), (comparison.Here!.Value, comparison.There!.Value));
        Assert.Equal(0.75, comparison.Difference.Difference!.Value, 1e-12);
        Assert.NotNull(comparison.Difference.DeLongP);
        Assert.Equal((2, 0), (comparison.Swings.OnlyHereRight, comparison.Swings.OnlyThereRight));
        Assert.Equal("runs-not-comparable", Assert.Throws<InputException>(() => RunComparison.Of(good, Survival((1, true, 0.5)))).Code);
        Assert.Equal("runs-not-comparable", Assert.Throws<InputException>(() => RunComparison.Of(good, Run(("z", 0, 0.1)))).Code);
        Assert.Equal("runs-not-comparable", Assert.Throws<InputException>(() => RunComparison.Of(good, Run(("a", 1, 0.1)))).Code);
    }
}
