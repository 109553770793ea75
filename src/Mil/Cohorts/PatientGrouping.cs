using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Two columns that could both be the patient: harmless where they group the rows alike, a leak where they do not and the finer one is taken.</summary>
internal static class PatientGrouping
{
    /// <summary>Refuses a table of which another column groups the rows otherwise than the patient's.</summary>
    /// <param name="table">The table.</param>
    /// <param name="patient">The column that was recognised.</param>
    /// <param name="others">Columns that could be it as well.</param>
    /// <exception cref="InputException"><c>cohort-ambiguous</c>, with an example.</exception>
    public static void Require(CsvTable table, int patient, IEnumerable<int> others)
    {
        foreach (var other in others.Where(column => column != patient))
            if ((Torn(table, patient, other) ?? Torn(table, other, patient)) is { } example)
                throw new InputException("cohort-ambiguous",
                    $"`{table.Name}`: `{table.Header[patient]}` and `{table.Header[other]}` could both be the patient, but {example}. "
                    + "Say which is the patient with --patient-column, or take the other column out.");
    }

    /// <summary>One value of a column that has two of another; null when there is none.</summary>
    static string? Torn(CsvTable table, int one, int many) => table.Lines.Skip(1)
        .Where(line => !Missing.Is(line[one]) && !Missing.Is(line[many]))
        .GroupBy(line => line[one], line => line[many], StringComparer.Ordinal)
        .Select(group => (group.Key, Values: group.Distinct().Take(2).ToArray()))
        .Where(group => group.Values.Length > 1)
        .Select(group => $"`{table.Header[one]}` {group.Key} has both {group.Values[0]} and {group.Values[1]} in `{table.Header[many]}`")
        .FirstOrDefault();
}
