using System.Text.Json.Serialization;

namespace Mhim.Mil.Training;

/// <summary>What a model said of one held-out row.</summary>
/// <param name="Fold">Fold whose test part the row is in.</param>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="Id">Id of the row.</param>
/// <param name="PatientId">Its patient.</param>
/// <param name="Label">True class; −1 for survival.</param>
/// <param name="Time">Time; null for classification.</param>
/// <param name="Event">Whether the event was observed; null for classification.</param>
/// <param name="Outputs">Class probabilities, or survival per time bin.</param>
/// <param name="Risk">Risk, higher is worse; null for classification.</param>
public sealed record HeldOut(
    int Fold, string Stage, string Id, string PatientId, int Label, double? Time, bool? Event, IReadOnlyList<double> Outputs, double? Risk);

/// <summary>One epoch of a training curve.</summary>
/// <param name="Loss">Mean training loss.</param>
/// <param name="ValidationLoss">Mean task loss on validation.</param>
/// <param name="Score">Validation score.</param>
/// <param name="Kept">Mean share of the instances that the backbone read, recycle tokens included.</param>
public sealed record EpochRecord(double Loss, double ValidationLoss, double Score, double Kept)
{
    /// <summary>Mean number of instances of a bag that the backbone read, recycle tokens included; null, and not written, in runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Instances { get; init; }
}

/// <summary>One trained model of a run.</summary>
/// <param name="Fold">Fold, from 0.</param>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="ModelDir">Its folder, relative to the run's.</param>
/// <param name="BestEpoch">Epoch whose weights were kept, from 0.</param>
/// <param name="ScoreName">Name of the score.</param>
/// <param name="Validation">Validation score of that epoch.</param>
/// <param name="Test">The same score on the test part.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="Epochs">Curve.</param>
/// <param name="HeldOut">What it said of the test part.</param>
public sealed record StageResult(
    int Fold, string Stage, string ModelDir, int BestEpoch, string ScoreName, double Validation, double Test, double Seconds,
    IReadOnlyList<EpochRecord> Epochs, IReadOnlyList<HeldOut> HeldOut)
{
    /// <summary>Temperature by which the logits are divided, from validation rows; null, and not written, where none was asked for. The held-out outputs are with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Median risk of the fold's training rows (in a run that repeats the reference, of all rows), the border between high and low risk; null, and not written, for classification.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RiskThreshold { get; init; }

    /// <summary>Of how many trainings this is the best; null, and not written, where it is the only one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Tried { get; init; }

    /// <summary>Time of all of them, seconds; null, and not written, where it is the only one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TriedSeconds { get; init; }

    /// <summary>Whether a held-out row lies above it; null where there is none.</summary>
    public bool? IsHighRisk(HeldOut row) => RiskThreshold is { } border ? row.Risk > border : null;
}

/// <summary>Scores of one stage over all folds.</summary>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="ScoreName">Name of the score.</param>
/// <param name="MeanOfFolds">Mean of the folds' test scores, of folds whose test part has every class of all of them.</param>
/// <param name="Pooled">The score over the held-out predictions of all folds together.</param>
public sealed record StageSummary(string Stage, string ScoreName, double MeanOfFolds, double Pooled)
{
    /// <summary>Over how many folds the mean is; null, and not written, in runs of earlier versions, which also took folds without a class.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FoldsInMean { get; init; }
}

/// <summary>A finished run; written as <c>run.json</c>.</summary>
/// <param name="Options">What was asked for, with the input width and the outputs that features and cohort gave.</param>
/// <param name="EncoderId">Encoder of the features.</param>
/// <param name="Classes">Class names; empty for survival.</param>
/// <param name="Stages">Every trained model, by fold, baseline first.</param>
/// <param name="Summaries">Scores over all folds, per stage.</param>
/// <param name="BestModel">Folder of the last stage's model with the best validation score (the lowest fold among equals), relative to the run's: never chosen by
/// the test part.</param>
/// <param name="SkippedRows">Rows without a single instance, which could be neither trained on nor judged.</param>
public sealed record RunResult(
    RunOptions Options, string EncoderId, IReadOnlyList<string> Classes, IReadOnlyList<StageResult> Stages,
    IReadOnlyList<StageSummary> Summaries, string BestModel, IReadOnlyList<string> SkippedRows)
{
    /// <summary>What the reader should doubt, and what of the table was left out, a sentence each, as the report says it; null, and not written, in runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}
