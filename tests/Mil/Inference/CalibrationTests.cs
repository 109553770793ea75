using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Inference;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Inference;

public sealed class CalibrationTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    [Fact]
    public void A_temperature_changes_the_answers_and_nothing_else_and_the_model_on_disk_has_it()
    {
        var (cohort, bags) = Planted.Cohort(24, 15, shift: 1.5); // hard enough to be wrong sometimes
        var options = Planted.Options with { Model = Planted.Options.Model.AsBaseline(), Baseline = new TrainingOptions { Epochs = 25, LearningRate = 2e-3, Patience = 0 } };
        var plain = TrainingRun.Execute(cohort, bags, options, Path.Combine(_dir, "plain"));
        var run = TrainingRun.Execute(cohort, bags, options with { Calibrate = true }, Path.Combine(_dir, "calibrated"));
        Assert.All(plain.Stages, stage => Assert.Null(stage.Temperature));
        foreach (var (with, without) in run.Stages.Zip(plain.Stages))
        {
            Assert.InRange(with.Temperature!.Value, 0.25, 10);
            Assert.NotEqual(1, with.Temperature.Value, 3);
            Assert.Equal(File.ReadAllBytes(Path.Combine(_dir, "plain", without.ModelDir, "model.safetensors")), File.ReadAllBytes(Path.Combine(_dir, "calibrated", with.ModelDir, "model.safetensors")));
            using var predictor = Predictor.Load(Path.Combine(_dir, "calibrated", with.ModelDir), "cpu");
            Assert.Equal(with.Temperature, predictor.Card.Temperature);
            foreach (var (row, raw) in with.HeldOut.Zip(without.HeldOut))
            {
                Assert.Equal(row.Outputs[1], predictor.Predict(bags.Load(row.Id)).Probabilities[1], 5);
                // logit(p with T) = logit(p) / T
                Assert.Equal(Math.Log(raw.Outputs[1] / raw.Outputs[0]) / with.Temperature.Value, Math.Log(row.Outputs[1] / row.Outputs[0]), 3);
            }
        }

        var change = Assert.Single(RunReports.Of(run, cohort, "run").Calibration);
        var rows = plain.Stages.SelectMany(stage => stage.HeldOut).ToList();
        var scores = new ClassScores([.. rows.Select(row => row.Label)], [.. rows.SelectMany(row => row.Outputs)], 2);
        Assert.Equal(Calibration.Brier(scores), change.Before.Brier, 6);
        Assert.Equal(Calibration.ExpectedError(scores), change.Before.CalibrationError, 6);
        Assert.NotEqual(change.Before.Brier, change.After.Brier);
        RunReportFiles.Write(RunReports.Of(run, cohort, "run") with { Resamples = 20 }, _dir);
        Assert.Equal(2, JsonNode.Parse(File.ReadAllText(Path.Combine(_dir, "metrics.json")))!["calibration"]![0]!["temperatures"]!.AsArray().Count);
        Assert.Contains("brier_before_calibration", File.ReadAllText(Path.Combine(_dir, "metrics.csv")));
        Assert.Contains("<h2>Calibration</h2>", File.ReadAllText(Path.Combine(_dir, "report.html")));
    }

    [Fact]
    public void Survival_has_no_temperature() => Assert.Equal("calibrate-survival", Assert.Throws<InputException>(() => TrainingRun.Execute(
        Cohort.OfSurvival([.. Enumerable.Range(0, 40).Select(i => new CohortRow($"p{i}", $"p{i}", [$"p{i}"], Time: i, Event: i % 2 == 0))]),
        new MemoryBagSource([]), Planted.Options with { Calibrate = true }, _dir)).Code);

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }
}
