using System.Text.Json.Serialization;

namespace Mhim.Mil.Cohorts;

/// <summary>What a cohort's rows are to be told from.</summary>
public enum CohortTask
{
    /// <summary>A class per row.</summary>
    Classification,

    /// <summary>A time per row and whether the event was observed.</summary>
    Survival,
}

/// <summary>One thing to predict: a bag of one or more slides of one patient, with what is true of it.</summary>
/// <param name="Id">Unique in the cohort: the slide id where a bag is one slide, the patient id where it is all of a patient's.</param>
/// <param name="PatientId">The patient (case); rows of one patient never go to different parts of a split.</param>
/// <param name="SlideIds">The slides whose instances make the bag, exact ids, with folder or extension only where features are told apart by them; at least one.</param>
/// <param name="Label">Class index in <see cref="Cohort.Classes"/>; −1 in a survival cohort.</param>
/// <param name="Time">Time to event or to the end of observation, in the table's unit; NaN in a classification cohort.</param>
/// <param name="Event">True when the event was observed, false when the row is censored (or a classification row).</param>
/// <param name="Site">Where the slides were made, when the table says; null otherwise. Of several, the first.</param>
public sealed record CohortRow(
    string Id, string PatientId, IReadOnlyList<string> SlideIds, int Label = -1, double Time = double.NaN, bool Event = false, string? Site = null)
{
    /// <summary>Sites of the bag's slides beside <see cref="Site"/>; empty as a rule.</summary>
    [JsonIgnore] // Runs that were begun before there was such a thing are still the same.
    public IReadOnlyList<string> OtherSites { get; init; } = [];

    /// <summary>All sites of its slides; empty where the table says none.</summary>
    [JsonIgnore]
    public IEnumerable<string> Sites => string.IsNullOrEmpty(Site) ? OtherSites : OtherSites.Prepend(Site);

    /// <summary>The same with the sites of its slides, some of which the table may not say.</summary>
    internal CohortRow WithSites(IEnumerable<string?> sites) =>
        sites.OfType<string>().Distinct().ToArray() is [var first, .. var others] ? this with { Site = first, OtherSites = others } : this;
}

/// <summary>Labelled slides, grouped by patient: what a run trains and is judged on.</summary>
/// <param name="Task">What is to be told.</param>
/// <param name="Classes">Class names by index; empty in a survival cohort.</param>
/// <param name="Rows">What is to be predicted, in the table's order.</param>
/// <param name="Reading">How the table was understood, one sentence each, for people.</param>
/// <param name="Warnings">What looks odd but was accepted, one sentence each.</param>
public sealed record Cohort(
    CohortTask Task, IReadOnlyList<string> Classes, IReadOnlyList<CohortRow> Rows, IReadOnlyList<string> Reading, IReadOnlyList<string> Warnings)
{
    /// <summary>What makes a bag of its rows; <see cref="BagPer.Auto"/>: nobody said, as in bag tables.</summary>
    public BagPer BagPer { get; init; }

    /// <summary>What the table calls the time of survival; null where nobody said.</summary>
    [JsonIgnore] // as above
    public string? TimeName { get; init; }

    /// <summary>A classification cohort made in code.</summary>
    public static Cohort OfClasses(IReadOnlyList<string> classes, IReadOnlyList<CohortRow> rows) =>
        new(CohortTask.Classification, classes, rows, [], []);

    /// <summary>A survival cohort made in code.</summary>
    public static Cohort OfSurvival(IReadOnlyList<CohortRow> rows) => new(CohortTask.Survival, [], rows, [], []);

    /// <summary>Patients in the order of their first row.</summary>
    public IReadOnlyList<string> Patients => [.. Rows.Select(row => row.PatientId).Distinct()];

    /// <summary>Every slide id once, in the rows' order.</summary>
    public IReadOnlyList<string> SlideIds => [.. Rows.SelectMany(row => row.SlideIds).Distinct()];

    /// <summary>
    /// Keeps what there are features for. A row with several slides stays with those that have features; a row with none goes.
    /// </summary>
    /// <param name="hasFeatures">Told an exact slide id.</param>
    /// <returns>The cohort that can be used, and the slides that were not found, in the rows' order.</returns>
    public (Cohort Usable, IReadOnlyList<string> SlidesWithoutFeatures) WithFeatures(Func<string, bool> hasFeatures)
    {
        var missing = SlideIds.Where(id => !hasFeatures(id)).ToArray();
        if (missing.Length == 0)
            return (this, missing);
        var gone = missing.ToHashSet();
        var rows = Rows
            .Select(row => row with { SlideIds = [.. row.SlideIds.Where(id => !gone.Contains(id))] })
            .Where(row => row.SlideIds.Count > 0).ToArray();
        return (this with { Rows = rows }, missing);
    }

    /// <summary>The cohort in words, to be shown before training: counts, then how the table was read, then warnings; one sentence a line.</summary>
    public string Describe()
    {
        var lines = new List<string> { $"{SlideIds.Count} slides of {Patients.Count} patients." };
        if (Task == CohortTask.Survival)
        {
            var observed = Rows.Where(row => row.Event).Select(row => row.PatientId).Distinct().Count();
            var slides = Rows.Where(row => row.Event).SelectMany(row => row.SlideIds).Distinct().Count();
            lines.Add($"{observed} of {Patients.Count} patients with an event ({slides} of {SlideIds.Count} slides).");
        }
        else
        {
            var counts = Classes.Select((name, c) => $"{Rows.Count(row => row.Label == c)} `{name}`");
            lines.Add($"{Rows.Count} rows in {Classes.Count} classes: {string.Join(", ", counts)}.");
        }
        lines.AddRange(Reading);
        lines.AddRange(Warnings.Select(warning => "Warning: " + warning));
        return string.Join('\n', lines);
    }
}
