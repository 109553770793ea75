using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

/// <summary>What a run refuses, and when.</summary>
public sealed class RunRefusalTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }

    [Fact]
    public void What_could_not_be_made_or_read_is_found_out_before_the_baseline_is_trained()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var told = new List<RunProgress>();
        string Refused(Cohort of, IBagSource from, RunOptions options) =>
            Assert.Throws<InputException>(() => TrainingRun.Execute(of, from, options, _dir, new Told<RunProgress>(told.Add))).Code;
        Assert.Equal("model-options", Refused(cohort, bags, Planted.Options with { Model = Planted.Options.Model with { Recycling = new RecyclingOptions { KeepRatio = 0 } } }));
        Assert.Equal("model-options", Refused(cohort, bags, Planted.Options with { Search = SearchGrid.Reference with { Tokens = [1, 0] } }));
        var bare = Planted.Options with { Model = Planted.Options.Model with { Projection = false } };
        var wide = Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, bags, bare, _dir));
        Assert.Equal("model-options", wide.Code);
        Assert.Contains($"{bare.Model.EmbedDim}) must equal InputDim, the width of the features ({Planted.Dim})", wide.Message);
        var odd = cohort.SlideIds.Select(id => bags.Load(id)).Select(bag => new FeatureBag(bag.SlideId, "/models/uni", bag.Dim, bag.Features, bag.Coords, bag.Geometry)).ToList();
        Assert.Equal("model-unusable", Refused(cohort, new MemoryBagSource(odd), Planted.Options));
        Assert.Empty(told);
    }

    [Fact]
    public void Features_of_any_width_are_learned_from_without_a_projection()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var one = new TrainingOptions { Epochs = 1 };
        var result = TrainingRun.Execute(cohort, bags, Planted.Options with { Baseline = one, Training = one, Model = Planted.Options.Model with { Projection = false, EmbedDim = Planted.Dim } }, _dir);
        Assert.Equal(2 * 12, result.Stages.Sum(stage => stage.HeldOut.Count));
    }

    [Fact]
    public void A_held_out_slide_whose_sums_overflow_is_named()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var splits = PatientFolds.Make(cohort, Planted.Options.Folds);
        var huge = splits[0].Test[0].SlideIds[0];
        Array.Fill(bags.Load(huge).Features, 3e38f);
        var error = Assert.Throws<InputException>(() => TrainingRun.ExecuteFold(cohort, splits, 0, bags, Planted.Options, _dir));
        Assert.Equal("prediction-not-finite", error.Code);
        Assert.Contains($"`{splits[0].Test[0].Id}`", error.Message);
    }

    [Fact]
    public void Missing_features_and_features_of_another_encoder_are_named()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var without = cohort with { Rows = [.. cohort.Rows, new CohortRow("ghost", "nobody", ["ghost"], 0)] };
        var missing = Assert.Throws<InputException>(() => TrainingRun.Execute(without, bags, Planted.Options, _dir));
        Assert.Equal("features-missing", missing.Code);
        Assert.Contains("ghost", missing.Message);

        var odd = bags.Load("slide-03");
        var mixed = new MemoryBagSource(cohort.SlideIds.Select(id => id == "slide-03"
            ? new FeatureBag(id, "other-encoder", odd.Dim, odd.Features, odd.Coords, odd.Geometry) : bags.Load(id)));
        Assert.Equal("encoder-mismatch", Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, mixed, Planted.Options, _dir)).Code);
    }

    [Fact]
    public void Splits_without_a_test_part_are_refused_before_training()
    {
        var (cohort, bags) = Planted.Cohort(12, 5);
        var split = new Split(0, [.. cohort.Rows.Take(8)], [.. cohort.Rows.Skip(8)], []);
        Assert.Equal("splits-without-test", Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, [split], bags, Planted.Options, _dir)).Code);
        Assert.False(Directory.Exists(_dir));
    }

    [Fact]
    public void A_training_part_without_a_class_is_refused_before_training_and_a_validation_part_is_not()
    {
        var (cohort, bags) = Planted.Cohort(24, 5);
        CohortRow[] Of(int label) => [.. cohort.Rows.Where(row => row.Label == label)];
        var (no, yes) = (Of(0), Of(1));
        var whole = new Split(0, [.. no[..4], .. yes[..4]], [.. no[4..6]], [.. no[6..], .. yes[4..]]);
        var lacking = new Split(1, [.. no[..6]], [.. yes[..3]], [.. no[6..], .. yes[3..]]);
        var options = Planted.Plain(1);
        var refused = Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, [whole, lacking], bags, options, _dir));
        Assert.Equal("fold-without-class", refused.Code);
        Assert.Contains($"Fold 1: the training part has no row of class `{cohort.Classes[1]}`", refused.Message);
        Assert.False(Directory.Exists(_dir));
        TrainingRun.Execute(cohort, [whole], bags, options, Path.Combine(_dir, "whole"));
        TrainingRun.Execute(cohort, [lacking], bags, options with { ChooseOnTest = true }, Path.Combine(_dir, "reference")); // learns from the validation part too

        var censored = Cohort.OfSurvival([.. cohort.Rows.Select((row, i) => row with { Label = -1, Time = 1 + i, Event = row.Label == 1 })]);
        CohortRow[] Again(IReadOnlyList<CohortRow> rows) => [.. rows.Select(row => censored.Rows.Single(other => other.Id == row.Id))];
        var silent = new Split(0, Again(lacking.Train), Again(lacking.Validation), Again(lacking.Test));
        Assert.Contains("no row with an event", Assert.Throws<InputException>(() => TrainingRun.Execute(censored, [silent], bags, options, Path.Combine(_dir, "survival"))).Message);
        var few = silent with { Fold = 1, Train = Again([.. no[..4], .. yes[..2]]), Validation = Again(no[4..6]), Test = Again([.. no[6..], .. yes[2..]]) };
        var full = new Split(0, Again(whole.Train), Again(whole.Validation), Again(whole.Test));
        Assert.Equal("survival-few-events", Assert.Throws<InputException>(() => TrainingRun.Execute(censored, [full, few], bags, options, Path.Combine(_dir, "survival"))).Code);
        Assert.False(Directory.Exists(Path.Combine(_dir, "survival")));
    }
}
