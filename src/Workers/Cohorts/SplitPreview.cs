using Mhim.Mil.Cohorts;

namespace Mhim.Workers.Cohorts;

/// <summary>A part of a split in numbers.</summary>
/// <param name="Rows">Bags.</param>
/// <param name="Patients">Different patients.</param>
/// <param name="Classes">Bags by class; empty for survival.</param>
/// <param name="Events">Bags with an observed event; null for classes.</param>
/// <param name="Ids">Ids of the bags.</param>
public sealed record SplitPart(int Rows, int Patients, IReadOnlyDictionary<string, int> Classes, int? Events, IReadOnlyList<string> Ids);

/// <summary>A split in numbers.</summary>
/// <param name="Fold">From 0.</param>
/// <param name="Train">To learn from.</param>
/// <param name="Validation">To choose by.</param>
/// <param name="Test">To judge by.</param>
/// <param name="Warnings">Sites that lie wholly in one part.</param>
public sealed record SplitPreview(int Fold, SplitPart Train, SplitPart Validation, SplitPart Test, IReadOnlyList<string> Warnings)
{
    /// <summary>Counts.</summary>
    /// <param name="split">The split.</param>
    /// <param name="classes">Class names; empty for survival.</param>
    public static SplitPreview Of(Split split, IReadOnlyList<string> classes) =>
        new(split.Fold, Part(split.Train, classes), Part(split.Validation, classes), Part(split.Test, classes), LeakageGate.SiteWarnings(split));

    static SplitPart Part(IReadOnlyList<CohortRow> rows, IReadOnlyList<string> classes) => new(rows.Count, rows.Select(row => row.PatientId).Distinct().Count(),
        classes.Index().ToDictionary(c => c.Item, c => rows.Count(row => row.Label == c.Index)), classes.Count == 0 ? rows.Count(row => row.Event) : null,
        [.. rows.Select(row => row.Id)]);
}
