using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Workers.Commands;

/// <summary>What of a table a run does without, a sentence each: whoever reads the report must know of whom its numbers are.</summary>
static class LeftOut
{
    /// <summary>Counts what is left out.</summary>
    /// <param name="whole">The table.</param>
    /// <param name="missing">Its slides without features.</param>
    /// <param name="named">Splits that were given, over the whole table; null where the run divides the rows itself.</param>
    /// <param name="usable">The same splits over rows with features.</param>
    public static IReadOnlyList<string> Of(Cohort whole, IReadOnlyList<string> missing, IReadOnlyList<Split>? named, IReadOnlyList<Split>? usable)
    {
        var warnings = new List<string>();
        if (missing.Count > 0)
            warnings.Add($"{missing.Count} of {whole.SlideIds.Count} slides of the table {(missing.Count == 1 ? "has no features and was" : "have no features and were")} left out: {Few.Of(missing)}.");
        if (named is null || usable is null)
            return warnings;
        var divided = named.SelectMany(split => split.Train.Concat(split.Validation).Concat(split.Test)).Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        if (whole.Rows.Where(row => !divided.Contains(row.Id)).Select(row => row.Id).ToArray() is { Length: > 0 } strangers)
            warnings.Add($"{strangers.Length} of {whole.Rows.Count} rows of the table {(strangers.Length == 1 ? "is in no split file and was" : "are in no split file and were")} left out: {Few.Of(strangers)}.");
        var parts = named.Select(split => (split.Fold, Rows: split.Train.Concat(split.Validation).Concat(split.Test).Select(row => row.Id).Distinct().Count())).ToArray();
        if (Array.FindAll(parts, part => part.Rows < divided.Count) is { Length: > 0 } fewer)
            warnings.Add($"Not every split file names every row that the others name: {Few.Of(fewer.Select(part => $"fold {part.Fold} has {part.Rows} of {divided.Count}"))}.");
        if (Enumerable.Range(named[0].Fold, named[^1].Fold - named[0].Fold).Except(named.Select(split => split.Fold)).Select(fold => $"splits_{fold}.csv").ToArray() is { Length: > 0 } gap)
            warnings.Add($"The split files run from {named[0].Fold} to {named[^1].Fold}, without {Few.Of(gap)}: whom only that would test is not tested.");
        foreach (var (split, left) in named.Zip(usable))
            if (split.Test.Count > 0 && left.Test.Count == 0)
                warnings.Add($"Fold {split.Fold}: none of the {split.Test.Count} rows of the test part has features, so its models are not tested.");
        return warnings;
    }
}
