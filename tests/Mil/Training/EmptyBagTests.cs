using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

/// <summary>Slides without a tile count in the table, but nothing can be learned from them, chosen by them or said of them.</summary>
public sealed class EmptyBagTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");
    readonly Cohort _cohort;
    readonly IBagSource _bags;
    readonly Split _first, _second;

    static readonly RunOptions Options = Planted.Plain(1);

    public EmptyBagTests()
    {
        (_cohort, _bags) = Planted.Cohort(16, 5);
        var rows = _cohort.Rows;
        (_first, _second) = (new Split(0, [.. rows.Take(8)], [.. rows.Skip(8).Take(4)], [.. rows.Skip(12)]), new Split(1, [.. rows.Skip(8)], [.. rows.Take(4)], [.. rows.Skip(4).Take(4)]));
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }

    MemoryBagSource Without(IEnumerable<CohortRow> empty)
    {
        var gone = empty.SelectMany(row => row.SlideIds).ToHashSet();
        return new(_cohort.SlideIds.Select(_bags.Load).Select(bag => gone.Contains(bag.SlideId) ? new FeatureBag(bag.SlideId, bag.EncoderId, bag.Dim, [], [], bag.Geometry) : bag));
    }

    InputException Refused(IEnumerable<CohortRow> empty, RunOptions? options = null) =>
        Assert.Throws<InputException>(() => TrainingRun.Execute(_cohort, [_first, _second], Without(empty), options ?? Options, _dir));

    [Fact]
    public void A_class_of_which_only_empty_slides_train_is_refused()
    {
        var error = Refused(_first.Train.Where(row => row.Label == 1));
        Assert.Equal("fold-without-class", error.Code);
        Assert.Contains("Fold 0: the training part has no row of class `tumour`", error.Message);
        Assert.Contains("slide-01", error.Message);
        Assert.DoesNotContain(Directory.EnumerateFiles(_dir, "*", SearchOption.AllDirectories), file => Path.GetFileName(file) == "training.json");
    }

    [Fact]
    public void A_validation_part_of_empty_slides_chooses_nothing()
    {
        foreach (var choosing in (RunOptions[])[Options with { Restarts = 1 }, Options with { Baseline = Options.Baseline with { Patience = 5 } }])
        {
            var error = Refused(_first.Validation, choosing);
            Assert.Equal("no-instances", error.Code);
            Assert.Contains("Fold 0", error.Message);
            Assert.Contains("slide-08, slide-09, slide-10, slide-11", error.Message);
        }
        // Where nothing is chosen by it the last epoch is taken, as without a validation part.
        var last = TrainingRun.Execute(_cohort, [_first], Without(_first.Validation), Options, Path.Combine(_dir, "last"));
        Assert.Contains("Fold 0 has no validation part with instances: the epoch there was the last.", RunReports.WarningsOf(last));
    }

    [Fact]
    public void Test_parts_of_empty_slides_are_told_of_and_a_run_without_any_other_is_refused()
    {
        var result = TrainingRun.Execute(_cohort, [_first, _second], Without(_first.Test), Options, Path.Combine(_dir, "one"));
        Assert.Contains(RunReports.WarningsOf(result), warning => warning.StartsWith("In fold 0 not one case could be tested", StringComparison.Ordinal));
        Assert.Single(RunEvaluation.Of(RunReports.Of(result, _cohort, "one")).Models[0].Folds);

        var error = Assert.Throws<InputException>(() => TrainingRun.Execute(_cohort, [_first], Without(_first.Test), Options, Path.Combine(_dir, "none")));
        Assert.Equal("splits-without-test", error.Code);
        Assert.Contains("slide-12", error.Message);
        Assert.False(File.Exists(Path.Combine(_dir, "none/run.json")));
    }
}
