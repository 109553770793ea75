using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim predict --cases</c>: which feature files make one bag.</summary>
static class PredictCases
{
    /// <summary>The cases of a table with those of their slides of which there are features; what is left out is said, as training says it.</summary>
    /// <param name="table">The table.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="folder">Where the feature files lie, as the user named it.</param>
    /// <param name="files">The feature files by slide id.</param>
    /// <exception cref="InputException">The table cannot be read (<see cref="CaseTable"/>), or <c>features-missing</c>: there are no features of any of its slides.</exception>
    public static IReadOnlyList<PredictBag> Of(string table, CohortOptions options, string folder, IReadOnlyList<(string SlideId, string Path)> files)
    {
        var paths = files.ToDictionary(file => file.SlideId, file => file.Path, StringComparer.Ordinal);
        var whole = CaseTable.Read(table, options with { HasFeatures = paths.ContainsKey });
        var (cohort, missing) = whole.WithFeatures(paths.ContainsKey);
        if (cohort.Rows.Count == 0)
            throw WithoutFeatures.Of(missing, folder, files);
        foreach (var warning in whole.Warnings)
            Screen.Say($"Warning: {warning}");
        if (missing.Count > 0)
            Screen.Say($"Without features, left out: {Few.Count(missing.Count, "slide", "slides")} ({Few.Of(missing)}); {(missing.Count == 1 ? "its case is" : "their cases are")} predicted from the others.");
        if (whole.Patients.Except(cohort.Patients).ToList() is { Count: > 0 } gone)
            Screen.Say($"Cases of which no slide has features, not predicted: {Few.Of(gone)}.");
        if (paths.Keys.Except(whole.SlideIds).ToList() is { Count: > 0 } strange)
            Screen.Say($"{Few.Count(strange.Count, "slide with features is", "slides with features are")} of no case of `{Path.GetFileName(table)}`, not predicted: {Few.Of(strange)}.");
        var names = FileNames.Of([.. cohort.Rows.Select(row => row.Id)]);
        FileNames.Tell(names);
        return [.. cohort.Rows.Select(row => new PredictBag(row.Id, names[row.Id], [.. row.SlideIds.Select(slide => (slide, paths[slide]))]))];
    }
}
