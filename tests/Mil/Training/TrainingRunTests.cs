using TorchSharp;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Inference;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class TrainingRunTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    [Fact]
    public void A_run_learns_keeps_its_models_and_predicts_the_same_from_disk()
    {
        var (cohort, bags) = Planted.Cohort();
        var told = new List<RunProgress>();
        var result = TrainingRun.Execute(cohort, bags, Planted.Options, _dir, new Told<RunProgress>(told.Add));

        Assert.Equal(["baseline", "mhim", "baseline", "mhim"], result.Stages.Select(stage => stage.Stage));
        Assert.All(result.Summaries, summary => Assert.True(summary.Pooled > 0.9, summary.ToString()));
        Assert.Equal(24, result.Stages.Where(stage => stage.Stage == "mhim").SelectMany(stage => stage.HeldOut).Select(row => row.Id).Distinct().Count());
        Assert.Equal(1, told[^1].Done, 6);
        Assert.All(told, progress => Assert.InRange(progress.Done, 0, 1));
        Assert.True(File.Exists(Path.Combine(_dir, "run.json")));

        var stage = result.Stages.First(stage => stage.Stage == "mhim");
        using var predictor = Predictor.Load(Path.Combine(_dir, stage.ModelDir), "cpu");
        foreach (var row in stage.HeldOut)
        {
            var prediction = predictor.Predict(bags.Load(row.Id));
            Assert.Equal(row.Outputs[1], prediction.Probabilities[1], 5);
            Assert.Equal(1, prediction.Attention.Sum(), 4);
        }
        // The planted tiles of a positive slide are seen.
        var scores = predictor.Predict(bags.Load(stage.HeldOut.First(row => row.Label == 1).Id)).InstanceScores;
        Assert.True(scores[..3].Average() > scores[3..].Average());
        Assert.All(scores, score => Assert.InRange(score, 0, 1));
    }

    [Fact]
    public void A_feature_that_never_changes_is_no_reason_that_a_model_cannot_be_used()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        foreach (var slide in cohort.SlideIds)
            for (var (features, at) = (bags.Load(slide).Features, 5); at < features.Length; at += Planted.Dim)
                features[at] = 7;
        var result = TrainingRun.Execute(cohort, bags, Planted.Options, _dir);
        using (var predictor = Predictor.Load(Path.Combine(_dir, result.BestModel), "cpu"))
            Assert.All(predictor.Predict(bags.Load(cohort.SlideIds[0])).Probabilities, p => Assert.InRange(p, 0, 1));
        // Taken up where the baseline of a fold was done.
        Directory.Delete(Path.Combine(_dir, "fold-1", "mhim"), recursive: true);
        File.Delete(Path.Combine(_dir, "fold-1", "fold.json"));
        Assert.Equal(result.Stages[^1].Test, TrainingRun.Execute(cohort, bags, Planted.Options, _dir).Stages[^1].Test);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_bit_for_bit_and_another_seed_does_not()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        byte[] Weights(string name, ulong seed)
        {
            TrainingRun.Execute(cohort, bags, Planted.Options with { Seed = seed }, Path.Combine(_dir, name));
            return File.ReadAllBytes(Path.Combine(_dir, name, "fold-1", "mhim", "model.safetensors"));
        }
        var once = Weights("once", 3);
        Assert.Equal(once, Weights("twice", 3));
        Assert.NotEqual(once, Weights("other", 4));
    }

    [Fact]
    public void Folds_that_are_trained_apart_in_any_order_make_the_run_that_one_call_makes()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var splits = PatientFolds.Make(cohort, Planted.Options.Folds);
        var (whole, apart) = (Path.Combine(_dir, "whole"), Path.Combine(_dir, "apart"));
        var expected = TrainingRun.Execute(cohort, splits, bags, Planted.Options, whole);
        var told = new List<RunProgress>();
        foreach (var split in splits.Reverse())
            TrainingRun.ExecuteFold(cohort, splits, split.Fold, bags, Planted.Options, apart, new Told<RunProgress>(told.Add));
        Assert.Equal(splits.Count, told.Count(p => p.Done > 0.999));
        Assert.False(File.Exists(Path.Combine(apart, "run.json")));
        told.Clear();
        var pooled = TrainingRun.Execute(cohort, splits, bags, Planted.Options, apart, new Told<RunProgress>(told.Add));
        Assert.Empty(told); // nothing is trained twice
        Assert.Equal(expected.Summaries, pooled.Summaries);
        Assert.Equal(expected.BestModel, pooled.BestModel);
        foreach (var stage in expected.Stages)
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, stage.ModelDir, "model.safetensors")), File.ReadAllBytes(Path.Combine(apart, stage.ModelDir, "model.safetensors")));
        Assert.Equal("run-differs", Assert.Throws<InputException>(() => TrainingRun.ExecuteFold(cohort, splits, 0, bags, Planted.Options with { Seed = 99 }, apart)).Code);
    }

    [Fact]
    public void A_run_that_was_cut_off_goes_on_where_it_was_and_ends_the_same()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var whole = Path.Combine(_dir, "whole");
        TrainingRun.Execute(cohort, bags, Planted.Options, whole);
        var cut = Path.Combine(_dir, "cut");
        using var cancel = new CancellationTokenSource();
        var seen = new List<string>();
        Assert.Throws<OperationCanceledException>(() => TrainingRun.Execute(cohort, bags, Planted.Options, cut,
            new Told<RunProgress>(p => { if (p is { Fold: 1, Stage: "mhim", Epoch: 2 }) cancel.Cancel(); }), cancel.Token));
        Assert.False(File.Exists(Path.Combine(cut, "run.json")));
        TrainingRun.Execute(cohort, bags, Planted.Options, cut, new Told<RunProgress>(p => seen.Add($"{p.Fold} {p.Stage}")));
        Assert.Equal(["1 mhim"], seen.Distinct());
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "fold-1", "mhim", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(cut, "fold-1", "mhim", "model.safetensors")));
    }

    [Fact]
    public void Features_that_changed_since_the_run_began_are_refused()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var options = Planted.Options;
        TrainingRun.Execute(cohort, new Stamped(bags, "1"), options, _dir);
        TrainingRun.Execute(cohort, new Stamped(bags, "1"), options, _dir);
        var error = Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, new Stamped(bags, "2"), options, _dir));
        Assert.Equal("run-differs", error.Code);
        Assert.Contains("features that have changed", error.Message, StringComparison.Ordinal);
    }

    sealed class Stamped(IBagSource bags, string stamp) : IBagSource
    {
        public bool Has(string slideId) => bags.Has(slideId);

        public FeatureBag Load(string slideId) => bags.Load(slideId);

        public string? Stamp(string slideId) => stamp;
    }

    [Fact]
    public void Another_run_in_the_same_folder_is_refused_and_says_in_what_it_differs()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var options = Planted.Options with { Baseline = new TrainingOptions { Epochs = 1 }, Training = new TrainingOptions { Epochs = 1 } };
        TrainingRun.Execute(cohort, bags, options, _dir);
        Refused(options with { Seed = 9 }, "(there → here: seed 1 → 9)");
        Refused(options with { Training = options.Training with { LearningRate = 0.03 }, Search = SearchGrid.Reference }, "training.learningRate 0.0002 → 0.03, search none → set");

        void Refused(RunOptions other, string which)
        {
            var error = Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, bags, other, _dir));
            Assert.Equal("run-differs", error.Code);
            Assert.Contains(which, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_test_part_is_not_read_before_training_has_ended()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var split = PatientFolds.Make(cohort, Planted.Options.Folds)[0];
        var trained = false;
        var watched = new Watched(bags, id => Assert.True(trained || split.Test.All(row => row.Id != id), $"{id} was read too early"));
        TrainingRun.Execute(cohort, [split], watched, Planted.Options, _dir,
            new Told<RunProgress>(p => trained = p is { Stage: "mhim" } && p.Epoch == p.Epochs));
        Assert.True(trained);
    }

    [Fact]
    public void A_slide_without_tissue_is_left_out_and_named()
    {
        var (cohort, bags) = Planted.Cohort(16, 15);
        var source = new MemoryBagSource(cohort.SlideIds.Select(id => id == "slide-02"
            ? new FeatureBag(id, "stain-texture", Planted.Dim, [], [], bags.Load(id).Geometry) : bags.Load(id)));
        var options = Planted.Options with { Baseline = new TrainingOptions { Epochs = 1 }, Training = new TrainingOptions { Epochs = 1 } };
        Assert.Equal(["slide-02"], TrainingRun.Execute(cohort, source, options, _dir).SkippedRows);
    }

    sealed class Watched(IBagSource bags, Action<string> onLoad) : IBagSource
    {
        public bool Has(string slideId) => bags.Has(slideId);

        public FeatureBag Load(string slideId)
        {
            onLoad(slideId);
            return bags.Load(slideId);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }

    [Fact]
    public void A_folder_that_holds_something_else_is_left_alone_and_other_numbers_under_the_same_ids_are_another_run()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var options = Planted.Options with { Baseline = new TrainingOptions { Epochs = 1 }, Training = new TrainingOptions { Epochs = 1 } };
        Directory.CreateDirectory(_dir);
        File.WriteAllText(Path.Combine(_dir, "run.json"), "somebody's");
        Assert.Equal("run-differs", Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, bags, options, _dir)).Code);
        Assert.Equal("somebody's", File.ReadAllText(Path.Combine(_dir, "run.json")));
        File.Delete(Path.Combine(_dir, "run.json"));
        TrainingRun.Execute(cohort, bags, options, _dir);
        var others = new MemoryBagSource(cohort.SlideIds.Select((id, i) => Planted.Bag(id, new Random(i), 15, i % 2 == 1, 4)));
        Assert.Contains("features that have changed", Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, others, options, _dir)).Message);
    }

    [Fact]
    public void Nothing_learned_yet_a_file_may_be_replaced()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var options = Planted.Options with { Baseline = new TrainingOptions { Epochs = 1 }, Training = new TrainingOptions { Epochs = 1 } };
        var broken = bags.Load("slide-00");
        var numbers = broken.Features.ToArray();
        numbers[7] = float.NaN;
        FeatureBag[] bad = [.. cohort.SlideIds.Select(id => id == "slide-00" ? new FeatureBag(id, broken.EncoderId, broken.Dim, numbers, broken.Coords, broken.Geometry) : bags.Load(id))];
        var split = PatientFolds.Make(cohort, options.Folds).First(s => s.Train.Any(row => row.Id == "slide-00"));
        Assert.Equal("features-not-finite", Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, [split], new MemoryBagSource(bad), options, _dir)).Code);
        Assert.Equal(2, TrainingRun.Execute(cohort, [split], bags, options, _dir).Stages.Count);
    }

    [Fact]
    public void A_run_leaves_the_number_of_threads_as_it_was()
    {
        var before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(2);
            var (cohort, bags) = Planted.Cohort(12, 5);
            TrainingRun.Execute(cohort, bags, Planted.Plain(1) with { Threads = 1 }, _dir);
            Assert.Equal(2, torch.get_num_threads());
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }
}
