namespace Mhim.Mil.Cohorts;

/// <summary>The words for a cell that says nothing, the same in every column of every table.</summary>
internal static class Missing
{
    static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase) { "", "nan", "na", "n/a", "#n/a", "none", "null", "?", "-" };

    // As the GDC and TCGA's clinical files write it of a patient's outcome; elsewhere it may be a class or a name.
    static readonly HashSet<string> Outcomes = new(StringComparer.OrdinalIgnoreCase)
        { "not reported", "unknown", "'--", "--", "[not available]", "[not applicable]", "[discrepancy]", "[unknown]", "[not evaluated]" };

    /// <summary>Whether a cell says nothing of a time, an event or a status.</summary>
    public static bool IsOutcome(string cell) => Is(cell) || Outcomes.Contains(cell);

    public static bool Is(string cell) => Words.Contains(cell);
}
