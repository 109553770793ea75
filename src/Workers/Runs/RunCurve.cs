using System.Text.Json;
using Mhim.Features.Files;
using Mhim.Mil.Training;

namespace Mhim.Workers.Runs;

/// <summary>An epoch of a training that may still be under way.</summary>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Mean training loss; null when it is no number.</param>
/// <param name="Score">Validation score; null when there is none.</param>
/// <param name="ValidationLoss">Mean loss on validation; null when there is none.</param>
/// <param name="Kept">Mean share of the instances that were read, recycle tokens included; the rest was masked. Null when it is not known.</param>
/// <param name="Instances">Mean number of instances of a bag that were read, recycle tokens included. Null when it is not known.</param>
public sealed record RunEpoch(string Stage, int Epoch, double? Loss, double? Score, double? ValidationLoss = null, double? Kept = null, double? Instances = null);

/// <summary>What a fold has told so far.</summary>
/// <param name="Fold">From 0.</param>
/// <param name="ScoreName">Name of the score.</param>
/// <param name="Epochs">Epochs of a stage if it is not stopped early.</param>
/// <param name="Curve">In order.</param>
/// <param name="ToldAt">When it last told something, UTC.</param>
/// <param name="SecondsLeft">Time that the fold then still wanted at its pace; null when it is not known.</param>
/// <param name="MaskRatio">Share of the instances with the highest scores that the teacher hides in the stage <c>mhim</c>; null when nothing is masked.</param>
public sealed record FoldCurve(int Fold, string ScoreName, int Epochs, IReadOnlyList<RunEpoch> Curve, DateTime? ToldAt = null, double? SecondsLeft = null, double? MaskRatio = null)
{
    /// <summary>Reads what <see cref="CurveWriter"/> wrote; null when the fold has not told anything yet.</summary>
    /// <param name="path">Its file.</param>
    public static FoldCurve? Read(string path)
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
}

/// <summary>Keeps a fold's curve on disk while it is trained; a training that is taken up again goes on with it.</summary>
/// <param name="path">The file.</param>
/// <param name="fold">From 0.</param>
/// <param name="maskRatio">What is hidden; null: nothing.</param>
sealed class CurveWriter(string path, int fold, double? maskRatio)
{
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(0.5);

    readonly List<RunEpoch> curve = [.. FoldCurve.Read(path)?.Curve ?? []];
    (string ScoreName, int Epochs, double Left) last = ("", 0, 0);
    DateTime written;

    public void Add(RunProgress p)
    {
        // After a cut some epochs are gone through again.
        var known = curve.FindIndex(e => e.Stage == p.Stage && e.Epoch >= p.Epoch);
        if (known >= 0)
            curve.RemoveAll(e => e.Stage == p.Stage && e.Epoch >= p.Epoch);
        curve.Add(new RunEpoch(p.Stage, p.Epoch, Known(p.Loss), Known(p.Score), Known(p.ValidationLoss), Known(p.Kept), p.Instances is { } read ? Math.Round(read, 2) : null));
        last = (p.ScoreName, p.Epochs, p.Remaining.TotalSeconds);
        if (DateTime.UtcNow - written >= Rest)
            Write();
    }

    public void Write()
    {
        if (curve.Count == 0 || last.Epochs == 0)
            return;
        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(new FoldCurve(fold, last.ScoreName, last.Epochs, curve, DateTime.UtcNow, Math.Round(last.Left, 1), maskRatio), JsonSerializerOptions.Web));
        written = DateTime.UtcNow;
    }

    static double? Known(double value) => double.IsFinite(value) ? value : null;
}
