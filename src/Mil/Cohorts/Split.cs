namespace Mhim.Mil.Cohorts;

/// <summary>One division of a cohort. No patient is in two parts.</summary>
/// <param name="Fold">Number of the fold, from 0.</param>
/// <param name="Train">Rows to learn from; bins, thresholds and normalisation come from these alone.</param>
/// <param name="Validation">Rows for early stopping and choice.</param>
/// <param name="Test">Rows that are not read before training has ended.</param>
public sealed record Split(int Fold, IReadOnlyList<CohortRow> Train, IReadOnlyList<CohortRow> Validation, IReadOnlyList<CohortRow> Test);

/// <summary>How a cohort is divided into folds.</summary>
public sealed record FoldOptions
{
    /// <summary>k, at least 2. Every patient is in the test part of exactly one fold.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Same seed and cohort, same folds.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Share of the patients outside the test part that go to validation, above 0 and below 1.</summary>
    public double ValidationShare { get; init; } = 0.2;

    /// <summary>Keep each site whole (Howard et al. 2021), so that the test slides come from sites never seen in training.</summary>
    public bool PreserveSites { get; init; }
}
