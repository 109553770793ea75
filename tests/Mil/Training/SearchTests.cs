using Mhim.Mil.Reports;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Inference;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class SearchTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    [Fact]
    public void A_search_takes_the_setting_that_is_best_on_validation()
    {
        var (cohort, bags) = Planted.Cohort(16, 20);
        var options = Planted.Options with
        {
            Baseline = Planted.Options.Baseline with { Epochs = 3 },
            Training = Planted.Options.Training with { Epochs = 3 },
            Search = new SearchGrid { RatioHigh = [0.05, 0.5], KeepRatio = [0.9], Tokens = [1, 2] },
        };
        double done = 0;
        var result = TrainingRun.Execute(cohort, bags, options, _dir, new Told<RunProgress>(p =>
        {
            Assert.True(p.Done >= done);
            done = p.Done;
        }));
        Assert.Equal(1, done, 6);
        foreach (var stage in result.Stages.Where(stage => stage.Stage == "mhim"))
        {
            var points = Directory.GetDirectories(Path.Combine(_dir, $"fold-{stage.Fold}", "search"))
                .Select(folder => MilJson.Read<StageResult>(Path.Combine(folder, "training.json"), "test")).ToList();
            Assert.Equal(4, points.Count);
            Assert.Equal(points.Max(point => point.Validation), stage.Validation);
            Assert.All(points, point => Assert.Empty(point.HeldOut));
            using var predictor = Predictor.Load(Path.Combine(_dir, stage.ModelDir), "cpu");
            Assert.Contains(predictor.Options.Recycling!.Tokens, (int[])[1, 2]);
        }
    }

    [Fact]
    public void Of_several_trainings_each_stage_keeps_the_one_that_is_best_on_validation()
    {
        var (cohort, bags) = Planted.Cohort(16, 20);
        var options = Planted.Options with { Restarts = 2, Baseline = Planted.Options.Baseline with { Epochs = 2 }, Training = Planted.Options.Training with { Epochs = 2 } };
        var told = new List<double>();
        var result = TrainingRun.Execute(cohort, bags, options, _dir, new Told<RunProgress>(p => told.Add(p.Done)));
        Assert.Equal(told.Order(), told);
        Assert.Equal(1, told[^1], 6);
        Assert.All(result.Stages, stage => Assert.True(stage.Tried == 3 && stage.TriedSeconds > stage.Seconds));
        Assert.Contains("for 4 models, the best of 12 that were trained", RunReports.Of(result, cohort, "run").Facts.Single(fact => fact.Name == "Training time").Value);
        foreach (var stage in result.Stages)
        {
            var name = stage.Stage == "mhim" ? "point-00" : "baseline";
            var tried = ((string[])[name, $"{name}-again-1", $"{name}-again-2"]).Select(folder => Path.Combine(_dir, $"fold-{stage.Fold}", "search", folder)).ToList();
            Assert.Equal(3, tried.Select(folder => Convert.ToHexString(File.ReadAllBytes(Path.Combine(folder, "model.safetensors")))).Distinct().Count());
            var best = tried.Select(folder => (Folder: folder, Result: MilJson.Read<StageResult>(Path.Combine(folder, "training.json"), "test")))
                .OrderByDescending(one => one.Result.Validation).ThenBy(one => one.Result.Epochs[one.Result.BestEpoch].ValidationLoss).First();
            Assert.Equal(File.ReadAllBytes(Path.Combine(best.Folder, "model.safetensors")), File.ReadAllBytes(Path.Combine(_dir, stage.ModelDir, "model.safetensors")));
            Assert.Equal(Path.Combine($"fold-{stage.Fold}", stage.Stage), stage.ModelDir);
        }
        // The first of them is the training that a run without restarts is.
        TrainingRun.Execute(cohort, bags, options with { Restarts = 0 }, Path.Combine(_dir, "once"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_dir, "once", "fold-0", "baseline", "model.safetensors")), File.ReadAllBytes(Path.Combine(_dir, "fold-0", "search", "baseline", "model.safetensors")));
    }

    [Fact]
    public void The_wide_grid_varies_the_consistency_too()
    {
        var models = SearchGrid.Wide.Over(new MhimOptions());
        Assert.Equal(36, models.Distinct().Count());
        Assert.Equal([0.5, 0.1, 0.02], models.Select(model => model.Consistency.Weight).Distinct());
        Assert.All(SearchGrid.Reference.Over(new MhimOptions()), model => Assert.Equal(0.5, model.Consistency.Weight));
    }

    [Fact]
    public void Grids_go_by_their_names() => Assert.Equal([SearchGrid.Reference, SearchGrid.Wide], SearchGrid.Names.Select(SearchGrid.Named));

    [Fact]
    public void The_reference_grid_has_eighteen_points() => Assert.Equal(18, SearchGrid.Reference.Over(new MhimOptions()).Distinct().Count());

    [Fact]
    public void Survival_is_learned_case_by_case()
    {
        var random = new Random(5);
        var bags = new List<Features.FeatureBag>();
        var rows = new List<CohortRow>();
        for (var patient = 0; patient < 90; patient++)
        {
            // All tiles of a patient differ the more the sooner the event comes; two slides each.
            var risk = random.NextDouble();
            string[] slides = [$"p{patient}-a", $"p{patient}-b"];
            foreach (var id in slides)
            {
                var bag = Planted.Bag(id, random, 10, positive: false, 0);
                for (var i = 0; i < bag.Features.Length; i += Planted.Dim)
                    bag.Features[i] += (float)(6 * risk);
                bags.Add(bag);
            }
            rows.Add(new CohortRow($"p{patient}", $"p{patient}", slides, Time: 100 * (1 - risk) + 5 * random.NextDouble(), Event: patient % 3 != 0));
        }
        var options = Planted.Options with { Model = Planted.Options.Model with { Masking = new MaskingOptions { RatioHigh = 0.05 } },
            Baseline = Planted.Options.Baseline with { Epochs = 25 }, Training = Planted.Options.Training with { Epochs = 20 } };
        var result = TrainingRun.Execute(Cohort.OfSurvival(rows), new MemoryBagSource(bags), options, Path.Combine(_dir, "right"));
        Assert.All(result.Summaries, summary => Assert.True(summary is { ScoreName: "c_index", Pooled: > 0.65 }, summary.ToString()));

        using var predictor = Predictor.Load(Path.Combine(_dir, "right", result.BestModel), "cpu");
        var prediction = predictor.Predict(bags[0]);
        Assert.Equal(4, prediction.Survival!.Length);
        Assert.Equal(-prediction.Survival.Sum(), prediction.Risk!.Value, 4);
        Assert.Equal(prediction.Survival.OrderDescending(), prediction.Survival);
    }

    [Theory]
    [InlineData("mhim-v1", "transmil")]
    [InlineData("reference", "dsmil")]
    [InlineData("plain", "mean")]
    [InlineData("plain", "max")]
    [InlineData("mhim-v2", "abmil-gated")]
    public void Every_preset_runs(string method, string backbone)
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var preset = Presets.Of(method, backbone);
        var options = preset with
        {
            Model = preset.Model with { EmbedDim = 16 }, Folds = new FoldOptions { Folds = 2 }, Device = "cpu",
            Baseline = preset.Baseline with { Epochs = 1 }, Training = preset.Training with { Epochs = 1 },
        };
        var result = TrainingRun.Execute(cohort, bags, options, _dir);
        Assert.Equal(method == "plain" ? 2 : 4, result.Stages.Count);
        using var predictor = Predictor.Load(Path.Combine(_dir, result.BestModel), "cpu");
        var prediction = predictor.Predict(bags.Load("slide-01"));
        Assert.Equal(1, prediction.Attention.Sum(), 4);
        Assert.All(prediction.InstanceScores, score => Assert.InRange(score, 0, 1));
    }

    [Fact]
    public void A_preset_that_cannot_be_is_refused()
    {
        Assert.Equal("preset-unknown", Assert.Throws<Features.InputException>(() => Presets.Of("mhim-v2", "mean")).Code);
        Assert.Equal("preset-unknown", Assert.Throws<Features.InputException>(() => Presets.Of("mhim-v3")).Code);
        Assert.Equal("preset-unknown", Assert.Throws<Features.InputException>(() => Presets.Of("plain", "clam")).Code);
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }

    [Fact]
    public void Where_one_class_alone_validates_the_loss_decides_and_where_nothing_does_a_search_is_refused()
    {
        var (cohort, bags) = Planted.Cohort(16, 20);
        var rows = cohort.Rows;
        var split = new Split(0, [.. rows.Take(10)], [.. rows.Skip(10).Take(4).Where(row => row.Label == 0)], [.. rows.Skip(14)]);
        var options = Planted.Options with
        {
            Baseline = Planted.Options.Baseline with { Epochs = 2 }, Training = Planted.Options.Training with { Epochs = 4 },
            Search = new SearchGrid { RatioHigh = [0.9, 0.5, 0.05], KeepRatio = [0.9], Tokens = [1] },
        };
        var result = TrainingRun.Execute(cohort, [split], bags, options, _dir);
        var kept = result.Stages.Single(stage => stage.Stage == "mhim");
        var losses = Directory.GetDirectories(Path.Combine(_dir, "fold-0", "search")).Select(folder => MilJson.Read<StageResult>(Path.Combine(folder, "training.json"), "test"))
            .Select(one => one.Epochs[one.BestEpoch].ValidationLoss).ToList();
        Assert.Equal(3, losses.Count);
        Assert.Equal(losses.Min(), kept.Epochs[kept.BestEpoch].ValidationLoss);
        Assert.Contains(RunReports.WarningsOf(result), warning => warning.Contains("validation says nothing"));

        var blind = split with { Validation = [] };
        var one = new TrainingOptions { Epochs = 1 };
        var said = RunReports.WarningsOf(TrainingRun.Execute(cohort, [blind], bags, options with { Search = null, Baseline = one, Training = one }, Path.Combine(_dir, "last")));
        Assert.Contains("Fold 0 has no validation part: the epoch there was the last.", said);
        Assert.DoesNotContain(said, warning => warning.Contains("validation says nothing"));
        Assert.Equal("search-without-validation", Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, [blind], bags, options, _dir + "-blind")).Code);
        Assert.False(Directory.Exists(Path.Combine(_dir + "-blind", "fold-0")));
    }

    [Fact]
    public void A_training_that_diverges_is_not_the_best_of_several()
    {
        var (cohort, bags) = Planted.Cohort(16, 20);
        var options = Planted.Options with
        {
            Baseline = Planted.Options.Baseline with { Epochs = 2 }, Training = Planted.Options.Training with { Epochs = 2 },
            Search = new SearchGrid { RatioHigh = [0.05], KeepRatio = [0.9], Tokens = [1], ConsistencyWeights = [double.MaxValue, 0.5] },
        };
        var result = TrainingRun.Execute(cohort, bags, options, _dir);
        foreach (var stage in result.Stages.Where(stage => stage.Stage == "mhim"))
        {
            Assert.Equal("point-01", Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(_dir, $"fold-{stage.Fold}", "search"), "point-*"), point => File.Exists(Path.Combine(point, "training.json")))));
            Assert.True(double.IsFinite(stage.Test));
        }
    }

    [Fact]
    public void A_training_that_diverges_is_one_sentence()
    {
        var (cohort, bags) = Planted.Cohort(12, 10);
        var hot = Planted.Options with { Model = Planted.Options.Model.AsBaseline(), Baseline = new TrainingOptions { Epochs = 2, LearningRate = 1e30, Patience = 0 } };
        var refused = Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, bags, hot, _dir));
        Assert.Equal("training-diverged", refused.Code);
        Assert.Contains("1E+30", refused.Message);
    }
}
