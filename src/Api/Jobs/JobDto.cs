using Mhim.Data.Entities;

namespace Mhim.Api.Jobs;

/// <summary>A piece of work.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">tile, extract, predict, gather, train or pool.</param>
/// <param name="Queue">tiling or gpu.</param>
/// <param name="State">waiting (for another job), queued, running, succeeded, failed or cancelled.</param>
/// <param name="SlideId">The slide that it works on.</param>
/// <param name="PredictionId">The prediction that it makes.</param>
/// <param name="RunId">The run that it belongs to.</param>
/// <param name="Fold">The fold that it trains.</param>
/// <param name="After">The job that it waits for.</param>
/// <param name="Variant">Encoder, µm per pixel and tile size.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="Step">What it is doing.</param>
/// <param name="Attempts">How often a worker took it up.</param>
/// <param name="ErrorCode">Why it failed: a stable word.</param>
/// <param name="Error">The same as a sentence.</param>
/// <param name="CreatedAt">When it was asked for, UTC.</param>
/// <param name="StartedAt">When it was last taken up, UTC.</param>
/// <param name="FinishedAt">When it ended, UTC.</param>
public sealed record JobDto(
    Guid Id, JobKind Kind, string Queue, JobState State, Guid? SlideId, Guid? PredictionId, Guid? RunId, int? Fold, Guid? After, string Variant, double Progress, string? Step,
    int Attempts, string? ErrorCode, string? Error, DateTime CreatedAt, DateTime? StartedAt, DateTime? FinishedAt)
{
    /// <summary>Name of its slide, or of its run; null where it was not looked up, as in events.</summary>
    public string? Target { get; init; }

    /// <summary>What a row looks like outside.</summary>
    public static JobDto Of(Job job) => new(job.Id, job.Kind, job.Queue, job.State, job.SlideId, job.PredictionId, job.RunId, job.Fold, job.AfterId, job.Variant,
        job.Progress, job.Step, job.Attempts, job.ErrorCode, job.Error, job.CreatedAt, job.StartedAt, job.FinishedAt);
}
