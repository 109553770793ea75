using System.Text.Json;
using Mhim.Mil.Cohorts;

namespace Mhim.Workers.Cohorts;

/// <summary>A class of a cohort.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Bags of it.</param>
/// <param name="Patients">Patients with a bag of it.</param>
/// <param name="Slides">Slides in bags of it.</param>
public sealed record ClassCount(string Name, int Rows, int Patients, int Slides);

/// <summary>A site of a cohort.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Bags from there.</param>
/// <param name="Patients">Patients from there.</param>
public sealed record SiteCount(string Name, int Rows, int Patients);

/// <summary>Something that speaks against training on a cohort as it is.</summary>
/// <param name="Code">A stable word: <c>patient-leakage</c>, <c>patients-unknown</c>, <c>class-small</c>, <c>warning</c>.</param>
/// <param name="Sentence">For people.</param>
public sealed record CohortProblem(string Code, string Sentence);

/// <summary>What a cohort holds.</summary>
/// <param name="Rows">Bags.</param>
/// <param name="Patients">Different patients.</param>
/// <param name="Slides">Different slides.</param>
/// <param name="Classes">By index; empty for survival.</param>
/// <param name="PatientsWithEvent">Patients whose event was observed; null for classes.</param>
/// <param name="LongestTime">In the table's unit; null for classes.</param>
/// <param name="MedianTime">Median over the rows, events and censored alike; null for classes.</param>
/// <param name="Sites">By name; empty when the table has none.</param>
/// <param name="Problems">What was noticed; training is possible all the same.</param>
public sealed record CohortStatistics(
    int Rows, int Patients, int Slides, IReadOnlyList<ClassCount> Classes, int? PatientsWithEvent, double? LongestTime, double? MedianTime,
    IReadOnlyList<SiteCount> Sites, IReadOnlyList<CohortProblem> Problems)
{
    /// <summary>Counts.</summary>
    public static CohortStatistics Of(Cohort cohort)
    {
        var survival = cohort.Task == CohortTask.Survival;
        var times = cohort.Rows.Select(row => row.Time).Where(double.IsFinite).Order().ToArray();
        return new CohortStatistics(cohort.Rows.Count, cohort.Patients.Count, cohort.SlideIds.Count,
            survival ? [] : [.. cohort.Classes.Select((name, c) => CountOf(name, [.. cohort.Rows.Where(row => row.Label == c)]))],
            survival ? cohort.Rows.Where(row => row.Event).Select(row => row.PatientId).Distinct().Count() : null,
            survival && times.Length > 0 ? times[^1] : null, survival && times.Length > 0 ? (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2 : null,
            [
                .. cohort.Rows.SelectMany(row => row.Sites.Select(site => (Site: site, row.PatientId))).GroupBy(pair => pair.Site, StringComparer.Ordinal).OrderBy(site => site.Key, StringComparer.Ordinal)
                    .Select(site => new SiteCount(site.Key, site.Count(), site.Select(pair => pair.PatientId).Distinct().Count())),
            ],
            [.. ProblemsOf(cohort)]);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static CohortStatistics Parse(string json) => JsonSerializer.Deserialize<CohortStatistics>(json, JsonSerializerOptions.Web)!;

    /// <summary>One line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    static ClassCount CountOf(string name, CohortRow[] rows) =>
        new(name, rows.Length, rows.Select(row => row.PatientId).Distinct().Count(), rows.SelectMany(row => row.SlideIds).Distinct().Count());

    static IEnumerable<CohortProblem> ProblemsOf(Cohort cohort)
    {
        // A slide under two patients would be learnt from and judged on at once.
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in cohort.Rows)
            foreach (var slide in row.SlideIds)
                if (!owners.TryAdd(slide, row.PatientId) && owners[slide] != row.PatientId)
                    yield return new CohortProblem("patient-leakage", $"Slide '{slide}' belongs to the patients '{owners[slide]}' and '{row.PatientId}'; give it one.");
        if (cohort.Rows.Count > 1 && cohort.Rows.All(row => row.SlideIds.Count == 1 && row.PatientId == row.SlideIds[0]))
            yield return new CohortProblem("patients-unknown",
                "Every slide counts as a patient of its own; if some share a patient, say so with a patient column, or folds will not keep them together.");
        if (cohort.Task == CohortTask.Classification)
            for (var c = 0; c < cohort.Classes.Count; c++)
                if (cohort.Rows.Where(row => row.Label == c).Select(row => row.PatientId).Distinct().Count() is var patients and < 10)
                    yield return new CohortProblem("class-small", $"Class '{cohort.Classes[c]}' has {patients} patients; scores on so few are little more than chance.");
        foreach (var warning in cohort.Warnings)
            yield return new CohortProblem("warning", warning);
    }
}
