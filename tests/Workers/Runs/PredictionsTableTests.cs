using System.Globalization;
using Mhim.Mil.Metrics;
using Mhim.Mil.Training;
using Mhim.Workers.Runs;

namespace Mhim.Workers.Tests.Runs;

/// <summary><c>predictions.csv</c> of a run: what its report says can be computed again from it.</summary>
public sealed class PredictionsTableTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-table-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Risks_of_folds_with_fewer_time_bins_stand_in_it_as_they_are_pooled()
    {
        HeldOut Row(int fold, string id, double time, params double[] survival) => new(fold, "baseline", id, id, -1, time, true, survival, -survival.Sum());
        HeldOut[][] folds = [[Row(0, "a", 9, 0.9, 0.9, 0.8, 0.8), Row(0, "b", 3, 0.5, 0.4, 0.3, 0.2)], [Row(1, "c", 12, 0.9, 0.9, 0.9), Row(1, "d", 2, 0.3, 0.2, 0.1)]];
        StageResult[] stages = [.. folds.Select((rows, fold) => new StageResult(fold, "baseline", "", 0, "C-index", 0.5, 1, 0, [], rows) { RiskThreshold = -2 })];
        var path = Path.Combine(folder, "predictions.csv");
        RunFiles.WritePredictions(path, new RunResult(Presets.Of("plain"), "x", [], stages, [], "", []));

        var lines = File.ReadAllLines(path).Select(line => line.Split(',')).ToArray();
        double[] Column(string name) => [.. lines[1..].Select(line => double.Parse(line[Array.IndexOf(lines[0], name)], CultureInfo.InvariantCulture))];
        Assert.Equal(folds.SelectMany(rows => rows).Select(row => row.Risk!.Value), Column("risk"));
        Assert.Equal([-3.4, -1.4, -3.6, -0.8], Column("pooled_risk").Select(risk => Math.Round(risk, 12)));
        double Index(string column) => Concordance.Of(new RiskScores(Column("time"), [true, true, true, true], Column(column))).Index;
        Assert.Equal((1, 5 / 6d), (Index("pooled_risk"), Index("risk")));
    }
}
