using System.Text.Json.Serialization;
using Mhim.Data.Entities;
using Mhim.Workers.Runs;

namespace Mhim.Api.Runs;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>For the features of its slides.</summary>
    Waiting,

    /// <summary>Its folds are being trained, or about to be.</summary>
    Running,

    /// <summary>Done; results, report and models are there.</summary>
    Succeeded,

    /// <summary>Ended with a reason; may be retried.</summary>
    Failed,

    /// <summary>Somebody called it off; may be retried.</summary>
    Cancelled,
}

/// <summary>A run that is wanted. Settings that are left out are as the preset has them.</summary>
/// <param name="CohortId">The cohort to learn from; its slides must be here, or on their way.</param>
/// <param name="Name">What people shall call it; by default after cohort, preset and time.</param>
/// <param name="Preset">mhim-v2, mhim-v1, reference, plain, small, or a backbone for the plain method over it: abmil, abmil-gated, dsmil, transmil, mean, max.</param>
/// <param name="Backbone">What carries the method: abmil, abmil-gated, dsmil, transmil.</param>
/// <param name="Encoder">The encoder of the features, one of /api/v1/encoders; by default the service's own choice.</param>
/// <param name="Mpp">Resolution of the tiles, µm per pixel, within 5% of what the encoder was made for; by default just that.</param>
/// <param name="TileSize">Side of the tiles, pixels: that of the encoder, which is the default too.</param>
/// <param name="Folds">Patient-level folds, 2 to 20; each is a job.</param>
/// <param name="Seed">Decides splits, weights and draws.</param>
/// <param name="ValidationShare">Share of the patients outside the test part that validates, 0.05 to 0.5.</param>
/// <param name="PreserveSites">Keeps each site whole.</param>
/// <param name="SkipMissing">Leaves out slides that are not here; without it they are an error.</param>
/// <param name="Epochs">Epochs at most, 1 to 2000.</param>
/// <param name="LearningRate">Above 0, at most 1.</param>
/// <param name="WeightDecay">0 to 1.</param>
/// <param name="Width">Numbers per instance after the projection, a multiple of 8 from 8 to 4096.</param>
/// <param name="Dropout">0 to 0.95.</param>
/// <param name="MaskRatio">Share of the instances that the student does not see, 0 to 0.95.</param>
/// <param name="KeepRatio">Share of the rest that the student sees as it is, above 0 and at most 1.</param>
/// <param name="Consistency">Weight of the tie between student and teacher, 0 to 100.</param>
/// <param name="Student">What of the baseline MHIM's student starts from: scratch, projection or baseline.</param>
/// <param name="MhimLr">Learning rate of MHIM alone, above 0, at most 1; with student baseline a quarter of the baseline's is a good one.</param>
/// <param name="Search">Tries settings of MHIM in each fold and takes the best on validation: reference (18) or wide (36); each is a training.</param>
/// <param name="Restarts">How often each training is done again with other initial weights, 0 to 100; the best on validation is kept.</param>
/// <param name="SurvivalAlpha">Censored cases weigh 1 − α in the survival loss, from 0 to below 1 (0.15 in MCAT); survival only.</param>
/// <param name="Calibrate">Fits a temperature on each fold's validation part; classes only.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RunRequest(Guid? CohortId, string? Name = null, string? Preset = null, string? Backbone = null, string? Encoder = null, double? Mpp = null, int? TileSize = null,
    int? Folds = null, int? Seed = null, double? ValidationShare = null, bool? PreserveSites = null, bool? SkipMissing = null, int? Epochs = null, double? LearningRate = null,
    double? WeightDecay = null, int? Width = null, double? Dropout = null, double? MaskRatio = null, double? KeepRatio = null, double? Consistency = null, bool? Calibrate = null,
    string? Student = null, double? MhimLr = null, string? Search = null, int? Restarts = null, double? SurvivalAlpha = null)
{
    /// <summary>How it learns.</summary>
    internal RunSettings Settings()
    {
        var usual = new RunSettings();
        return new RunSettings
        {
            Preset = Preset ?? usual.Preset, Backbone = Backbone, Folds = Folds ?? usual.Folds, Seed = Seed ?? usual.Seed,
            ValidationShare = ValidationShare ?? usual.ValidationShare, PreserveSites = PreserveSites ?? false, Epochs = Epochs, LearningRate = LearningRate,
            WeightDecay = WeightDecay, Width = Width, Dropout = Dropout, MaskRatio = MaskRatio, KeepRatio = KeepRatio, Consistency = Consistency, Calibrate = Calibrate ?? false,
            Student = Student, MhimLr = MhimLr, Search = Search, Restarts = Restarts ?? usual.Restarts, SurvivalAlpha = SurvivalAlpha,
        };
    }
}

/// <summary>The features that a run waits for.</summary>
/// <param name="Wanted">Slides of the run.</param>
/// <param name="Ready">Their features are there.</param>
/// <param name="Failed">Slides whose features could not be made.</param>
public sealed record RunFeaturesDto(int Wanted, int Ready, int Failed);

/// <summary>A fold of a run.</summary>
/// <param name="Fold">From 0.</param>
/// <param name="JobId">Its job.</param>
/// <param name="State">As of its job.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="Step">What it is doing.</param>
public sealed record RunFoldDto(int Fold, Guid JobId, JobState State, double Progress, string? Step);

/// <summary>A training on a cohort.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="CohortId">The cohort.</param>
/// <param name="CohortName">The cohort's name.</param>
/// <param name="Variant">Encoder, µm per pixel and tile size of the features.</param>
/// <param name="Settings">How it learns.</param>
/// <param name="State">waiting (for features), running, succeeded, failed or cancelled.</param>
/// <param name="Progress">0 to 1, over its folds.</param>
/// <param name="Features">What it waits for.</param>
/// <param name="Folds">Its folds, in order.</param>
/// <param name="ScoreName">Name of the score; null until done.</param>
/// <param name="Score">The last stage's score over all held-out predictions; null until done.</param>
/// <param name="ErrorCode">Why it failed: a stable word.</param>
/// <param name="Error">The same as a sentence.</param>
/// <param name="CreatedAt">When it was asked for, UTC.</param>
/// <param name="FinishedAt">When it ended, UTC.</param>
public sealed record RunDto(Guid Id, string Name, Guid CohortId, string CohortName, string Variant, RunSettings Settings, RunState State, double Progress, RunFeaturesDto Features,
    IReadOnlyList<RunFoldDto> Folds, string? ScoreName, double? Score, string? ErrorCode, string? Error, DateTime CreatedAt, DateTime? FinishedAt);

/// <summary>Which models of a run are to be taken over.</summary>
/// <param name="Which">best (by validation, the default), all (the last stage of each fold), or one such as fold-0/mhim.</param>
/// <param name="Name">What people shall call it; by default after the run. With all, the fold is added.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RunModelsRequest(string? Which = null, string? Name = null);
