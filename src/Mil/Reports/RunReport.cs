namespace Mhim.Mil.Reports;

/// <summary>Everything that a report of a run is made of; plain records, so that training, the demo and the service can each fill them.</summary>
public sealed record RunReport
{
    /// <summary>Heading.</summary>
    public required string Title { get; init; }

    /// <summary>One or two sentences under the heading.</summary>
    public string Lead { get; init; } = "";

    /// <summary>What was done with what: encoder, folds, seed, device, time.</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>The cohort in words, one sentence each (<see cref="Cohorts.Cohort.Describe"/>).</summary>
    public IReadOnlyList<string> Cohort { get; init; } = [];

    /// <summary>What the reader should doubt, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Class names by index; empty for survival.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>The models that are compared, the plainest first and the one that matters last; at least one.</summary>
    public required IReadOnlyList<ReportModel> Models { get; init; }

    /// <summary>What temperature scaling did, per model; empty where there was none.</summary>
    public IReadOnlyList<CalibrationChange> Calibration { get; init; } = [];

    /// <summary>What the table calls the time of survival, which says its unit as a rule; null where that is not known.</summary>
    public string? TimeName { get; init; }

    /// <summary>Whose median risk parts high risk from low.</summary>
    public string RiskBorder { get; init; } = Metrics.MetricTable.TrainingBorder;

    /// <summary>Heatmaps, top tiles and other images.</summary>
    public IReadOnlyList<ReportGallery> Galleries { get; init; } = [];

    /// <summary>Seed of the bootstrap.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Resamples of the bootstrap.</summary>
    public int Resamples { get; init; } = Metrics.Bootstrap.Resamples;
}

/// <summary>A name and a value.</summary>
/// <param name="Name">As <c>Encoder</c>.</param>
/// <param name="Value">As <c>stain-texture, 256 numbers a tile</c>.</param>
public sealed record ReportFact(string Name, string Value);

/// <summary>One model over all folds.</summary>
/// <param name="Name">As <c>MHIM on AB-MIL</c>.</param>
/// <param name="Cases">What it said of every held-out case.</param>
/// <param name="Curves">How its training went, per fold; may be empty.</param>
public sealed record ReportModel(string Name, IReadOnlyList<CaseOutcome> Cases, IReadOnlyList<TrainingCurve> Curves)
{
    /// <summary>Whether its training loss holds the tie to a teacher, beside the task.</summary>
    public bool HasTeacher { get; init; }
}

/// <summary>What a model said of a case that it had not seen, and what was true.</summary>
/// <param name="Fold">Fold whose test part the case is in.</param>
/// <param name="Id">Id of the row.</param>
/// <param name="PatientId">Its patient.</param>
/// <param name="Label">True class; −1 for survival.</param>
/// <param name="Probabilities">[C] class probabilities; empty for survival.</param>
/// <param name="Time">Time to event or end of observation; null for classification.</param>
/// <param name="Event">Whether the event was observed; null for classification.</param>
/// <param name="Risk">Higher is worse; null for classification.</param>
/// <param name="HighRisk">Whether the risk lies above the median of the fold's training cases; null where that is not known.</param>
public sealed record CaseOutcome(
    int Fold, string Id, string PatientId, int Label, IReadOnlyList<double> Probabilities, double? Time = null, bool? Event = null, double? Risk = null,
    bool? HighRisk = null);

/// <summary>How the training of one fold went.</summary>
/// <param name="Fold">Fold.</param>
/// <param name="BestEpoch">Epoch whose weights were kept, from 0.</param>
/// <param name="ScoreName">Name of the validation score.</param>
/// <param name="Epochs">One entry per epoch.</param>
public sealed record TrainingCurve(int Fold, int BestEpoch, string ScoreName, IReadOnlyList<CurveEpoch> Epochs);

/// <summary>One epoch.</summary>
/// <param name="TrainLoss">Mean training loss.</param>
/// <param name="ValidationLoss">Mean validation loss.</param>
/// <param name="Score">Validation score.</param>
public sealed record CurveEpoch(double TrainLoss, double ValidationLoss, double Score);

/// <summary>Images under one heading.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Note">One sentence on what they show, or empty.</param>
/// <param name="Images">The images.</param>
/// <param name="Small">Whether they are tiles, to be set small and close, rather than whole slides.</param>
public sealed record ReportGallery(string Title, string Note, IReadOnlyList<ReportImage> Images, bool Small = false);

/// <summary>An image file, taken into the report itself.</summary>
/// <param name="Path">PNG or JPEG; a file that is not there is named in its place.</param>
/// <param name="Caption">What it shows.</param>
public sealed record ReportImage(string Path, string Caption);
