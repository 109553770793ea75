using System.Globalization;
using System.Text;
using System.Text.Json;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Training;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Runs;

/// <summary>An epoch of a training that may still be under way.</summary>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Mean training loss; null when it is no number.</param>
/// <param name="Score">Validation score; null when there is none.</param>
public sealed record RunEpoch(string Stage, int Epoch, double? Loss, double? Score);

/// <summary>What a fold has told so far.</summary>
/// <param name="Fold">From 0.</param>
/// <param name="ScoreName">Name of the score.</param>
/// <param name="Epochs">Epochs of a stage if it is not stopped early.</param>
/// <param name="Curve">In order.</param>
public sealed record FoldCurve(int Fold, string ScoreName, int Epochs, IReadOnlyList<RunEpoch> Curve);

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

    /// <summary>Reads the curve of a fold; null when it has not told anything yet.</summary>
    /// <param name="path">Its file.</param>
    public static FoldCurve? ReadCurve(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<FoldCurve>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes what was said of every held-out row.</summary>
    internal static void WritePredictions(string path, RunResult result)
    {
        var survival = result.Classes.Count == 0;
        var text = new StringBuilder("fold,stage,id,patient,");
        text.Append(survival ? "time,event,risk" : "label,predicted," + string.Join(',', result.Classes.Select(name => Quoted($"p_{name}")))).Append('\n');
        foreach (var row in result.Stages.SelectMany(stage => stage.HeldOut))
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Fold},{row.Stage},{Quoted(row.Id)},{Quoted(row.PatientId)},");
            if (survival)
                text.Append(CultureInfo.InvariantCulture, $"{row.Time:R},{(row.Event == true ? 1 : 0)},{row.Risk:R}\n");
            else
                text.Append(Quoted(result.Classes[row.Label])).Append(',').Append(Quoted(result.Classes[row.Outputs.Index().MaxBy(o => o.Item).Index])).Append(',')
                    .AppendJoin(',', row.Outputs.Select(p => p.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        }
        AtomicFile.WriteAllText(path, text.ToString());
    }

    // A leading = + - @ would be a formula in a spreadsheet.
    static string Quoted(string field)
    {
        if (field.Length > 0 && field[0] is '=' or '+' or '-' or '@')
            field = "'" + field;
        return field.AsSpan().IndexOfAny(",\"\n\r") < 0 ? field : $"\"{field.Replace("\"", "\"\"")}\"";
    }
}

/// <summary>Keeps a fold's curve on disk while it is trained; a training that is taken up again goes on with it.</summary>
/// <param name="path">The file.</param>
/// <param name="fold">From 0.</param>
sealed class CurveWriter(string path, int fold)
{
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(0.5);

    readonly List<RunEpoch> curve = [.. RunFiles.ReadCurve(path)?.Curve ?? []];
    (string ScoreName, int Epochs) last = ("", 0);
    DateTime written;

    public void Add(RunProgress p)
    {
        // After a cut some epochs are gone through again.
        var known = curve.FindIndex(e => e.Stage == p.Stage && e.Epoch >= p.Epoch);
        if (known >= 0)
            curve.RemoveAll(e => e.Stage == p.Stage && e.Epoch >= p.Epoch);
        curve.Add(new RunEpoch(p.Stage, p.Epoch, Known(p.Loss), Known(p.Score)));
        last = (p.ScoreName, p.Epochs);
        if (DateTime.UtcNow - written >= Rest)
            Write();
    }

    public void Write()
    {
        if (curve.Count == 0 || last.Epochs == 0)
            return;
        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(new FoldCurve(fold, last.ScoreName, last.Epochs, curve), JsonSerializerOptions.Web));
        written = DateTime.UtcNow;
    }

    static double? Known(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>A slide of a run.</summary>
/// <param name="Name">The slide id of the label table.</param>
/// <param name="Id">The slide.</param>
/// <param name="Inputs">What its features were made from, as one hash.</param>
sealed record RunSlide(string Name, Guid Id, string Inputs);

/// <summary>The features of a run's slides, among the blobs.</summary>
/// <param name="slides">As they were gathered.</param>
/// <param name="pathOf">Where a slide's feature file lies.</param>
sealed class RunBags(IReadOnlyList<RunSlide> slides, Func<RunSlide, string> pathOf) : IBagSource
{
    readonly Dictionary<string, RunSlide> byName = slides.ToDictionary(slide => slide.Name, StringComparer.Ordinal);

    public bool Has(string slideId) => byName.ContainsKey(slideId);

    public string? Stamp(string slideId) => byName.GetValueOrDefault(slideId)?.Inputs;

    public FeatureBag Load(string slideId)
    {
        var path = byName.TryGetValue(slideId, out var slide) ? pathOf(slide) : "";
        return File.Exists(path) ? TridentFile.ReadFeatures(path)
            : throw new InputException("features-missing", $"The features of slide '{slideId}' are gone; the slide was removed while the run was at work.");
    }

    /// <summary>What the features of a slide were made from; null when there are none that can be used.</summary>
    public static string? InputsOf(string path)
    {
        try
        {
            return File.Exists(path) ? TridentFile.ReadProvenance(path, StepInputs.Attribute) : null;
        }
        catch (InputException)
        {
            return null;
        }
    }
}
