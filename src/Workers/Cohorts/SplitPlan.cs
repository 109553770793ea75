using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Workers.Cohorts;

/// <summary>How a cohort would be divided: each fold in numbers, where each patient goes, and what the leakage gate says.</summary>
/// <param name="Folds">One each.</param>
/// <param name="Patients">By site, then truth, then name.</param>
/// <param name="Checks">What was looked at.</param>
public sealed record SplitPlan(IReadOnlyList<SplitPreview> Folds, IReadOnlyList<SplitPatient> Patients, IReadOnlyList<SplitCheck> Checks)
{
    /// <summary>Looks at splits.</summary>
    public static SplitPlan Of(IReadOnlyList<Split> splits, IReadOnlyList<string> classes)
    {
        var parts = splits.Select(split => new[] { ("train", split.Train), ("validation", split.Validation), ("test", split.Test) }
            .SelectMany(part => part.Item2.Select(row => (row.PatientId, part.Item1))).DistinctBy(pair => pair.PatientId)
            .ToDictionary(pair => pair.PatientId, pair => pair.Item2, StringComparer.Ordinal)).ToArray();
        var rows = splits.SelectMany(split => split.Train.Concat(split.Validation).Concat(split.Test)).DistinctBy(row => row.Id);
        SplitPatient[] patients =
        [
            .. rows.GroupBy(row => row.PatientId, StringComparer.Ordinal).Select(own => new SplitPatient(own.Key, own.Select(row => row.Site).FirstOrDefault(site => !string.IsNullOrEmpty(site)),
                    TruthOf([.. own], classes), own.SelectMany(row => row.SlideIds).Distinct().Count(), [.. parts.Select(fold => fold.GetValueOrDefault(own.Key))]))
                .OrderBy(p => p.Site, StringComparer.Ordinal).ThenBy(p => p.Truth, StringComparer.Ordinal).ThenBy(p => p.Patient, StringComparer.Ordinal),
        ];
        return new SplitPlan([.. splits.Select(split => SplitPreview.Of(split, classes))], patients, [.. ChecksOf(splits, patients)]);
    }

    static string TruthOf(IReadOnlyList<CohortRow> rows, IReadOnlyList<string> classes) => classes.Count == 0 ? rows.Any(row => row.Event) ? "event" : "censored"
        : string.Join(" and ", rows.Select(row => row.Label).Distinct().Order().Select(label => classes[label]));

    static IEnumerable<SplitCheck> ChecksOf(IReadOnlyList<Split> splits, IReadOnlyList<SplitPatient> patients)
    {
        var leak = splits.Select(LeakOf).FirstOrDefault(sentence => sentence is not null);
        yield return new SplitCheck("patient-leakage", leak is null, leak
            ?? $"No patient and no slide is in two parts of a fold: {patients.Count} patients in {splits.Count} folds were checked.");
        var tests = patients.Count(p => p.Parts.Count(part => part == "test") == 1);
        yield return new SplitCheck("tested-once", tests == patients.Count, tests == patients.Count
            ? "Every patient is held out for testing exactly once." : $"{Few.Count(patients.Count - tests, "patient is", "patients are")} not held out for testing exactly once.");
        var sites = splits.SelectMany(LeakageGate.SitesAlone).ToList();
        if (patients.Any(p => p.Site is not null))
            yield return new SplitCheck("site-alone", sites.Count == 0, sites.Count == 0
                ? "Every site is in more than one part of every fold, so a model is not judged on a site that it never saw."
                : $"{sites.Count} times a site lies wholly in one part of a fold: it is learnt from and never judged, or judged and never learnt from.");
    }

    static string? LeakOf(Split split)
    {
        try
        {
            LeakageGate.Require(split);
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }
}

/// <summary>Where a patient goes.</summary>
/// <param name="Patient">The patient.</param>
/// <param name="Site">Where the slides were made; null when the table does not say.</param>
/// <param name="Truth">Class, or event or censored.</param>
/// <param name="Slides">How many.</param>
/// <param name="Parts">By fold: train, validation or test; null where the patient is in none.</param>
public sealed record SplitPatient(string Patient, string? Site, string Truth, int Slides, IReadOnlyList<string?> Parts);

/// <summary>Something that was looked at.</summary>
/// <param name="Code">A stable word: <c>patient-leakage</c>, <c>tested-once</c>, <c>site-alone</c>.</param>
/// <param name="Passed">Whether all is well.</param>
/// <param name="Sentence">For people.</param>
public sealed record SplitCheck(string Code, bool Passed, string Sentence);
