using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Stops a split in which a patient, or a slide, is in two parts.</summary>
public static class LeakageGate
{
    /// <summary>Refuses a split that leaks.</summary>
    /// <exception cref="InputException"><c>patient-leakage</c>, listing the patients and where they are.</exception>
    public static void Require(Split split)
    {
        var patients = Shared(split, row => [row.PatientId]);
        if (patients.Length > 0)
            throw new InputException("patient-leakage",
                $"Fold {split.Fold}: {Few.Count(patients.Length, "patient is", "patients are")} in more than one part of the split: {string.Join(", ", patients)}. Give each patient one part.");
        var slides = Shared(split, row => row.SlideIds);
        if (slides.Length > 0)
            throw new InputException("patient-leakage",
                $"Fold {split.Fold}: {Few.Count(slides.Length, "slide is", "slides are")} in more than one part of the split: {string.Join(", ", slides)}. Give each slide one part.");
    }

    /// <summary>Sites that lie wholly in one part: the model may learn the site instead of the disease, or is judged on a new one.</summary>
    /// <returns>One sentence each, those of a single patient, which no split could spread, in one together; empty when rows have no site.</returns>
    public static IReadOnlyList<string> SiteWarnings(Split split)
    {
        var alone = SitesAlone(split);
        var single = alone.Where(site => site.Patients == 1).Select(site => $"`{site.Site}`").ToArray();
        return
        [
            .. alone.Where(site => site.Patients > 1).Select(site => $"Fold {split.Fold}: all {site.Rows} rows of site `{site.Site}` are in {site.Part}."),
            .. single.Length == 0 ? (string[])[] : [$"Fold {split.Fold}: {Few.Count(single.Length, "site of a single patient is", "sites of a single patient each are")} in one part alone: {Few.Of(single)}."],
        ];
    }

    /// <summary>The sites that lie wholly in one part of a split, by name; none where there is one part.</summary>
    public static IReadOnlyList<(string Site, int Rows, int Patients, string Part)> SitesAlone(Split split)
    {
        var parts = Parts(split).Where(part => part.Rows.Count > 0).ToArray();
        var sites = parts.SelectMany(part => part.Rows.SelectMany(row => row.Sites.Select(site => (Site: site, row.PatientId, part.Name))))
            .GroupBy(pair => pair.Site, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal);
        return
        [
            .. sites
                .Select(site => (site.Key, Rows: site.Count(), Patients: site.Select(one => one.PatientId).Distinct().Count(), Names: site.Select(one => one.Name).Distinct().ToArray()))
                .Where(site => parts.Length > 1 && site.Names.Length == 1)
                .Select(site => (site.Key, site.Rows, site.Patients, site.Names[0]))
        ];
    }

    static (string Name, IReadOnlyList<CohortRow> Rows)[] Parts(Split split) =>
        [("train", split.Train), ("validation", split.Validation), ("test", split.Test)];

    static string[] Shared(Split split, Func<CohortRow, IEnumerable<string>> keys) =>
    [
        .. Parts(split).SelectMany(part => part.Rows.SelectMany(keys).Distinct().Select(key => (Key: key, part.Name)))
            .GroupBy(pair => pair.Key, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} ({string.Join(", ", group.Select(pair => pair.Name))})")
    ];
}
