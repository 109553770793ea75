using Mhim.Benchmarks;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class SurvivalTests
{
    static readonly string Table = TestData.Root is null ? "" : TestData.Of("tables/tcga_blca_survival.csv");

    [DataFact]
    public void A_risk_planted_for_real_patients_is_found_and_a_shuffled_one_is_not()
    {
        var cohort = CohortReader.Read(Table);
        // With a few more seeds and both models: ./bench survival
        Assert.InRange(PooledIndex(cohort, SurvivalPlant.Bags(cohort, 1)), 0.65, 1);
        Assert.InRange(PooledIndex(cohort, SurvivalPlant.Bags(cohort, 1, shuffled: true)), 0.45, 0.55);
    }

    [DataFact]
    public void A_polarity_the_wrong_way_round_is_caught_and_the_sentence_shows_why()
    {
        Assert.Contains("156 of 359 patients with an event", CohortReader.Read(Table).Describe());
        var refused = Assert.Throws<InputException>(() => CohortReader.Read(Table, new CohortOptions { EventColumn = "censorship" }));
        Assert.Contains("`censorship` was named as the event column, but its name says that 1 means censored", refused.Message);

        var neutral = Path.Combine(Directory.CreateTempSubdirectory("mhim-survival-").FullName, "renamed.csv");
        try
        {
            File.WriteAllText(neutral, File.ReadAllText(Table).Replace(",censorship,", ",status,", StringComparison.Ordinal));
            Assert.Contains("--censor-column status", Assert.Throws<InputException>(() => CohortReader.Read(neutral)).Message);
            var wrong = new CohortOptions { EventColumn = "status" };
            var doubted = Assert.Throws<InputException>(() => CohortReader.Read(neutral, wrong));
            Assert.Equal("cohort-polarity", doubted.Code);
            Assert.Contains("patients with an event have longer times (median 21.3) than censored ones (13.7)", doubted.Message);
            Assert.Contains("--censor-column status", doubted.Message);
            Assert.Contains("make sure that event and censored are not swapped", CohortReader.Read(neutral, wrong with { PolarityChecked = true }).Describe());
            Assert.DoesNotContain("swapped", CohortReader.Read(neutral, new CohortOptions { CensorColumn = "status" }).Describe());
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(neutral)!, recursive: true);
        }
    }

    [Fact]
    public void Risks_of_folds_with_fewer_time_bins_are_pooled_on_the_scale_of_the_others()
    {
        HeldOut Row(int fold, params double[] survival) => new(fold, "mhim", $"s{fold}", $"p{fold}", -1, 5, true, survival, -survival.Sum());
        HeldOut[] rows = [Row(0, 0.9, 0.8, 0.7, 0.6), Row(1, 0.9, 0.7, 0.6)];
        var risk = PooledRisk.Of(rows);
        Assert.Equal(rows[0].Risk, risk(rows[0]));
        Assert.Equal(-2.2 * 4 / 3, risk(rows[1])!.Value, 1e-12);
        Assert.Equal(rows[1].Risk, PooledRisk.Of(rows[1..])(rows[1]));
    }

    [Fact]
    public void Bins_statistics_and_the_border_of_high_risk_come_from_training_rows_alone()
    {
        var random = new Random(3);
        var rows = Enumerable.Range(0, 40).Select(p => new CohortRow($"p{p:00}", $"p{p:00}", [$"p{p:00}"], Time: 5 + p, Event: p % 3 != 0)).ToArray();
        var bags = rows.Select(row => new FeatureBag(row.Id, "planted", 6, [.. Enumerable.Range(0, 30).Select(_ => random.NextSingle())], [], null)).ToArray();
        var split = new Split(0, rows[..24], rows[24..32], rows[32..]);
        // The same, but every test patient has another time, another event and other features.
        CohortRow[] strangers = [.. rows[32..].Select(row => row with { Time = 900 + row.Time * row.Time, Event = !row.Event })];
        CohortRow[] other = [.. rows[..32], .. strangers];
        FeatureBag[] otherBags = [.. bags.Select((bag, i) => i < 32 ? bag : Planted.With(bag, f => 50 * f - 9))];
        var folder = Directory.CreateTempSubdirectory("mhim-survival-").FullName;
        try
        {
            var options = Planted.Options with { Baseline = Planted.Options.Baseline with { Epochs = 2 }, Training = Planted.Options.Training with { Epochs = 2 } };
            var once = TrainingRun.Execute(Cohort.OfSurvival(rows), [split], new MemoryBagSource(bags), options, Path.Combine(folder, "once"));
            IReadOnlyList<double> Bins(string run) => MilJson.Read<ModelCard>(Path.Combine(folder, run, "fold-0", "baseline", "card.json"), "test").TimeBins;
            TrainingRun.Execute(Cohort.OfSurvival(rows), [split], new MemoryBagSource(bags), options with { ChooseOnTest = true }, Path.Combine(folder, "reference"));
            Assert.Equal(SurvivalBins.Fit(split.Train).Edges, Bins("once"));
            Assert.Equal(SurvivalBins.Fit(rows).Edges, Bins("reference"));
            TrainingRun.Execute(Cohort.OfSurvival(rows), [split], new MemoryBagSource(bags), options with { SurvivalAlpha = 0.5 }, Path.Combine(folder, "alpha"));
            Assert.NotEqual(File.ReadAllBytes(Path.Combine(folder, "once", "fold-0", "baseline", "model.safetensors")), File.ReadAllBytes(Path.Combine(folder, "alpha", "fold-0", "baseline", "model.safetensors")));
            var twice = TrainingRun.Execute(Cohort.OfSurvival(other), [split with { Test = strangers }], new MemoryBagSource(otherBags), options, Path.Combine(folder, "twice"));
            foreach (var (a, b) in once.Stages.Zip(twice.Stages))
            {
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "once", a.ModelDir, "model.safetensors")), File.ReadAllBytes(Path.Combine(folder, "twice", b.ModelDir, "model.safetensors")));
                Assert.Equal((a.RiskThreshold, a.Validation), (b.RiskThreshold, b.Validation));
                Assert.NotEqual(a.HeldOut[0].Risk, b.HeldOut[0].Risk);
                Assert.Equal(MilJson.Read<ModelCard>(Path.Combine(folder, "once", a.ModelDir, "card.json"), "test").TimeBins,
                    MilJson.Read<ModelCard>(Path.Combine(folder, "twice", b.ModelDir, "card.json"), "test").TimeBins);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static double PooledIndex(Cohort cohort, IBagSource bags)
    {
        var folder = Directory.CreateTempSubdirectory("mhim-survival-").FullName;
        try
        {
            var options = Planted.Options with
            {
                Model = Planted.Options.Model.AsBaseline() with { EmbedDim = 64 }, Baseline = new TrainingOptions { Epochs = 8, LearningRate = 1e-3, Patience = 0 },
                Folds = new FoldOptions { Folds = 3 },
            };
            return TrainingRun.Execute(cohort, bags, options, folder).Summaries[0].Pooled;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_planted_risk_is_found_over_the_slides_of_a_patient()
    {
        var random = new Random(3);
        var rows = new List<CohortRow>();
        var bags = new List<FeatureBag>();
        for (var p = 0; p < 60; p++)
        {
            var risk = p % 6 / 5.0;
            var slides = new[] { $"p{p:00}-a", $"p{p:00}-b" };
            foreach (var slide in slides)
                bags.Add(new FeatureBag(slide, "planted", 8,
                    [.. Enumerable.Range(0, 80).Select(i => (float)(random.NextDouble() + (i % 8 == 0 ? 4 * risk : 0)))], [], null));
            rows.Add(new CohortRow($"p{p:00}", $"p{p:00}", slides, Time: 10 + 50 * (1 - risk) + 5 * random.NextDouble(), Event: p % 4 != 0));
        }
        var folder = Directory.CreateTempSubdirectory("mhim-survival-").FullName;
        try
        {
            var options = Planted.Options with { Model = Planted.Options.Model.AsBaseline() };
            var result = TrainingRun.Execute(Cohort.OfSurvival(rows), new MemoryBagSource(bags), options, folder);
            Assert.InRange(result.Summaries[0].Pooled, 0.65, 1);
            Assert.All(result.Stages, stage => Assert.NotNull(stage.RiskThreshold));
            var logRank = RunReportFiles.Write(RunReports.Of(result, Cohort.OfSurvival(rows), "run") with { Resamples = 20 }, folder).Models[0].Pooled.Single(metric => metric.Name == "logrank_chi2");
            Assert.Equal("patients above against up to the median risk of each fold's training cases", logRank.Average);
            Assert.InRange(logRank.Value!.Value, logRank.Low!.Value, logRank.High!.Value);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
