namespace Mhim.Data.Entities;

/// <summary>
/// A training on a cohort: its slides' features are gathered, each fold is trained, the folds are pooled. Each of these is a job; where the run
/// stands is what the job that pools says.
/// </summary>
public sealed class Run
{
    /// <summary>Time-ordered id (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>What people call it; unique.</summary>
    public required string Name { get; set; }

    /// <summary>The cohort.</summary>
    public Guid CohortId { get; set; }

    /// <summary>Encoder, resolution and tile size of the features, as one word, for example <c>stain-texture-0.5-256</c>.</summary>
    public required string Variant { get; set; }

    /// <summary>The recipe, for example <c>mhim-v2</c>.</summary>
    public required string Preset { get; set; }

    /// <summary>All settings, as JSON.</summary>
    public required string Settings { get; set; }

    /// <summary>Folds, each a job.</summary>
    public int Folds { get; set; }

    /// <summary>Decides splits, weights and draws.</summary>
    public long Seed { get; set; }

    /// <summary>Name of <see cref="Score"/>, such as <c>AUC</c>; null until done.</summary>
    public string? ScoreName { get; set; }

    /// <summary>The last stage's score over all held-out predictions; null until done, or when there is none.</summary>
    public double? Score { get; set; }

    /// <summary>Blob key of its folder: run.json, report.html, tables, fold-K/ with models.</summary>
    public required string BlobKey { get; set; }

    /// <summary>When it was asked for, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;
}
