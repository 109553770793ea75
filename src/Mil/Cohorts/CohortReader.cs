using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Reads label tables in the dialects that users bring, known by their columns.</summary>
public static class CohortReader
{
    /// <summary>Reads a CSV (or tab-separated) table, gzipped or not.</summary>
    /// <param name="path">The table.</param>
    /// <param name="options">What the columns do not say; null: nothing.</param>
    /// <exception cref="InputException"><c>cohort-missing</c>, <c>cohort-unreadable</c>, <c>cohort-ambiguous</c>, <c>cohort-contradiction</c>.</exception>
    public static Cohort Read(string path, CohortOptions? options = null) => throw new NotImplementedException();
}
