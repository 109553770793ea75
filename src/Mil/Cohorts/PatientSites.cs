using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>The one site of each patient, where sites shall be kept whole.</summary>
internal static class PatientSites
{
    /// <summary>A patient's site by any of the slides; a slide of which the table does not say it was made where the others were.</summary>
    /// <exception cref="InputException"><c>folds-without-site</c>; <c>folds-two-sites</c>: such a patient would tie two sites together, and whichever
    /// part it went to, the other would know one of them.</exception>
    public static Dictionary<string, string> Of(Cohort cohort)
    {
        var sites = cohort.Rows.GroupBy(row => row.PatientId, StringComparer.Ordinal)
            .Select(rows => (Patient: rows.Key, Sites: rows.SelectMany(row => row.Sites).Distinct().ToArray())).ToArray();
        if (Array.Find(sites, pair => pair.Sites.Length == 0) is { Patient: { } nowhere })
            throw new InputException("folds-without-site", $"Patient `{nowhere}` has no site; name the site column or do not keep sites whole.");
        var torn = Array.FindAll(sites, pair => pair.Sites.Length > 1);
        if (torn.Length > 0)
            throw new InputException("folds-two-sites", $"Sites cannot be kept whole over patients with slides of several: "
                + $"{Few.Of(torn.Select(pair => $"{pair.Patient} ({string.Join(" and ", pair.Sites)})"))}. Give each one site in the table, take them out, or do not keep sites whole.");
        return sites.ToDictionary(pair => pair.Patient, pair => pair.Sites[0], StringComparer.Ordinal);
    }
}
