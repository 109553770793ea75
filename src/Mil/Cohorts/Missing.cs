namespace Mhim.Mil.Cohorts;

/// <summary>The words for a cell that says nothing, the same in every column of every table.</summary>
internal static class Missing
{
    static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase) { "", "nan", "na", "n/a", "#n/a", "none", "null", "?", "-" };

    public static bool Is(string cell) => Words.Contains(cell);
}
