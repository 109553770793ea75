namespace Mhim.Data.Entities;

/// <summary>What a job does.</summary>
public enum JobKind
{
    /// <summary>Finds the tissue of a slide, cuts the tile grid and draws the thumbnail.</summary>
    Tile,

    /// <summary>Turns the tiles of a slide into features.</summary>
    Extract,

    /// <summary>Applies a model to a slide's features and draws the heatmap.</summary>
    Predict,

    /// <summary>Looks through the features of a run's slides and writes down its splits.</summary>
    Gather,

    /// <summary>Trains one fold of a run.</summary>
    Train,

    /// <summary>Pools the folds of a run and writes its report.</summary>
    Pool,
}

/// <summary>Where a job stands.</summary>
public enum JobState
{
    /// <summary>For the job that it comes after.</summary>
    Waiting,

    /// <summary>Ready for any worker of its queue.</summary>
    Queued,

    /// <summary>A worker holds its lease.</summary>
    Running,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Ended with a reason; may be retried.</summary>
    Failed,

    /// <summary>Somebody called it off; may be retried.</summary>
    Cancelled,
}

/// <summary>The two queues: <see cref="Tiling"/> needs processor cores, <see cref="Gpu"/> a device where there is one.</summary>
public static class JobQueues
{
    /// <summary>Tissue, tile grids, thumbnails.</summary>
    public const string Tiling = "tiling";

    /// <summary>Features, training, prediction.</summary>
    public const string Gpu = "gpu";

    /// <summary>Both, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [Tiling, Gpu];
}

/// <summary>
/// One piece of work, and the truth about it: the queue only carries its id. It names its subjects by id, can be run again at any time
/// without harm, and there is one row per piece of work, however often it is asked for (<see cref="Key"/>).
/// </summary>
public sealed class Job
{
    /// <summary>Time-ordered id (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>What it does.</summary>
    public JobKind Kind { get; set; }

    /// <summary>One of <see cref="JobQueues"/>.</summary>
    public required string Queue { get; set; }

    /// <summary>What makes it this piece of work and no other, for example <c>tile:SLIDE-ID</c>; unique.</summary>
    public required string Key { get; set; }

    /// <summary>Encoder, resolution and tile size that it works at, as one word, for example <c>stain-texture-0.5-256</c>; empty when the model decides.</summary>
    public string Variant { get; set; } = "";

    /// <summary>Where it stands.</summary>
    public JobState State { get; set; }

    /// <summary>The slide that it works on.</summary>
    public Guid? SlideId { get; set; }

    /// <summary>The prediction that it makes.</summary>
    public Guid? PredictionId { get; set; }

    /// <summary>The run that it belongs to.</summary>
    public Guid? RunId { get; set; }

    /// <summary>The fold that it trains, from 0.</summary>
    public int? Fold { get; set; }

    /// <summary>The job that must have succeeded before; for several see <see cref="JobPrerequisite"/>.</summary>
    public Guid? AfterId { get; set; }

    /// <summary>0 to 1.</summary>
    public double Progress { get; set; }

    /// <summary>What it is doing, in a few words.</summary>
    public string? Step { get; set; }

    /// <summary>How often a worker took it up.</summary>
    public int Attempts { get; set; }

    /// <summary>Why it failed: a stable word.</summary>
    public string? ErrorCode { get; set; }

    /// <summary>The same as a sentence for people.</summary>
    public string? Error { get; set; }

    /// <summary>Somebody wants it to end; its worker looks every second.</summary>
    public bool CancelRequested { get; set; }

    /// <summary>Drawn anew by every worker that takes it up; only its holder may write to a running job.</summary>
    public Guid? Lease { get; set; }

    /// <summary>When its worker was last seen, UTC.</summary>
    public DateTime? HeartbeatAt { get; set; }

    /// <summary>When it was asked for, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;

    /// <summary>When it was last taken up, UTC.</summary>
    public DateTime? StartedAt { get; set; }

    /// <summary>When it ended, UTC.</summary>
    public DateTime? FinishedAt { get; set; }
}
