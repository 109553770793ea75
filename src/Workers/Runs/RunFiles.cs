using System.Globalization;
using System.Text;
using Mhim.Features.Files;
using Mhim.Mil.Training;

namespace Mhim.Workers.Runs;

/// <summary>The files of a run's folder, beside those that training writes.</summary>
public static class RunFiles
{
    /// <summary>Its slides, with what their features were made from: written when they are gathered.</summary>
    public const string Slides = "slides.json";

    /// <summary>All results and held-out predictions.</summary>
    public const string Run = "run.json";

    /// <summary>The metrics, with intervals.</summary>
    public const string Metrics = "metrics.json";

    /// <summary>The same as a table.</summary>
    public const string MetricsTable = "metrics.csv";

    /// <summary>One line per stage and held-out row.</summary>
    public const string Predictions = "predictions.csv";

    /// <summary>For people.</summary>
    public const string Report = "report.html";

    /// <summary>What a fold has told so far.</summary>
    public static string Curve(int fold) => string.Create(CultureInfo.InvariantCulture, $"fold-{fold}/epochs.json");

    /// <summary>Writes what was said of every held-out row.</summary>
    internal static void WritePredictions(string path, RunResult result)
    {
        var survival = result.Classes.Count == 0;
        var text = new StringBuilder("fold,stage,id,patient,");
        // The report's figures over all folds are of the pooled risk, which differs from the risk where folds have different numbers of time bins.
        var pooled = result.Stages.GroupBy(stage => stage.Stage).ToDictionary(stage => stage.Key, stage => PooledRisk.Of([.. stage.SelectMany(fold => fold.HeldOut)]));
        text.Append(survival ? "time,event,risk,high_risk,pooled_risk" : "label,predicted," + string.Join(',', result.Classes.Select(name => Csv.Word($"p_{name}")))).Append('\n');
        foreach (var (stage, row) in result.Stages.SelectMany(stage => stage.HeldOut.Select(row => (stage, row))))
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Fold},{row.Stage},{Csv.Word(row.Id)},{Csv.Word(row.PatientId)},");
            if (survival)
                text.Append(CultureInfo.InvariantCulture, $"{row.Time:R},{(row.Event == true ? 1 : 0)},{row.Risk:R},{(stage.IsHighRisk(row) switch { true => "1", false => "0", null => "" })},{pooled[row.Stage](row):R}\n");
            else
                text.Append(Csv.Word(result.Classes[row.Label])).Append(',').Append(Csv.Word(result.Classes[row.Outputs.Index().MaxBy(o => o.Item).Index])).Append(',')
                    .AppendJoin(',', row.Outputs.Select(p => p.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        }
        AtomicFile.WriteAllText(path, text.ToString());
    }
}
