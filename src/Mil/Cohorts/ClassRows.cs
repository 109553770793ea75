using System.Globalization;
using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Cohort rows with a class each.</summary>
internal static class ClassRows
{
    public static Cohort Build(CsvTable table, TableColumns columns, List<SlideEntry> entries, CohortOptions options)
    {
        var name = table.Header[columns.Label];
        var reading = new List<string> { $"{columns.Sources(table, options)}, classes from `{name}`." };
        return Build(table, entries.ConvertAll(entry => (entry, entry.Line[columns.Label])), reading, columns.UnknownPatients(table, entries), options);
    }

    public static Cohort Build(
        CsvTable table, List<(SlideEntry Entry, string Label)> labelled, List<string> reading, string? unknownPatients, CohortOptions options)
    {
        var warnings = new List<string>();
        if (unknownPatients is not null)
            warnings.Add(unknownPatients);
        // `none` is a class where it is named as one.
        bool IsMissing(string label) => Missing.Is(label) && options.Classes?.Contains(label) != true;
        var unlabelled = labelled.Where(pair => IsMissing(pair.Label)).ToArray();
        labelled = [.. labelled.Where(pair => !IsMissing(pair.Label)).Select(pair => (pair.Entry, Canonical(pair.Label)))];
        var doubt = DroppedLabels.Doubt(unlabelled.Select(pair => pair.Label), options.Classes ?? [.. labelled.Select(pair => pair.Label).Distinct().Order(StringComparer.Ordinal)], "slides");
        if (unlabelled.Length > 0)
            warnings.Add($"{Few.Count(unlabelled.Length, "slide without a label was", "slides without a label were")} left out: {Few.Of(unlabelled.Select(pair => pair.Entry.SlideId))}.{(doubt is null ? "" : " " + doubt)}");

        var bags = labelled.GroupBy(pair => options.BagPer == BagPer.Patient ? pair.Entry.PatientId : pair.Entry.SlideId).ToArray();
        var torn = bags.Where(bag => bag.Select(pair => pair.Label).Distinct().Count() > 1).ToArray();
        if (torn.Length > 0)
            throw new InputException("cohort-contradiction",
                $"`{table.Name}`: {(options.BagPer == BagPer.Patient ? Few.Count(torn.Length, "patient", "patients") : Few.Count(torn.Length, "slide", "slides"))} with more than one label: "
                + $"{Few.Of(torn.Select(bag => $"{bag.Key} ({string.Join(" and ", bag.Select(pair => pair.Label).Distinct())})"))}. Mend the table.");
        var repeated = labelled.Count - labelled.Select(pair => pair.Entry.SlideId).Distinct().Count();
        if (repeated > 0)
            reading.Add($"{Few.Count(repeated, "repeated row that says the same was", "repeated rows that say the same were")} taken once.");

        var classes = Classes(table, [.. labelled.Select(pair => pair.Label).Distinct()], doubt, options);
        if (options.Classes is null)
            warnings.AddRange(DroppedLabels.Taken(labelled.Select(pair => pair.Label)));
        foreach (var alike in classes.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            warnings.Add($"{string.Join(" and ", alike.Select(name => $"`{name}`"))} differ only in case and count as classes of their own.");
        var rows = bags.Select(bag => new CohortRow(bag.Key, bag.First().Entry.PatientId, SlideEntry.Ids(bag.Select(pair => pair.Entry)),
            classes.IndexOf(bag.First().Label)).WithSites(bag.Select(pair => pair.Entry.Site)));
        return new Cohort(CohortTask.Classification, classes, [.. rows], reading, warnings) { BagPer = options.BagPer == BagPer.Patient ? BagPer.Patient : BagPer.Slide };
    }

    static List<string> Classes(CsvTable table, string[] found, string? doubt, CohortOptions options)
    {
        if (options.Classes is { } named)
        {
            var classes = named.Select(Canonical).ToList();
            var strange = found.Except(classes).ToArray();
            if (strange.Length > 0)
                throw new InputException("cohort-bad-value", $"`{table.Name}` holds the labels {Few.Of(strange)}, which are not among the named classes {string.Join(", ", classes)}.");
            ClassNames.RequireFound(table.Name, classes, found);
            return classes;
        }
        if (found.Length < 2)
            throw new InputException("cohort-one-class", $"`{table.Name}` holds {(found is [var only] ? $"only the label `{only}`" : "no label")}; telling classes apart needs two.{(doubt is null ? "" : " " + doubt)}");
        if (found.Length > 2 && found.Any(label => SlideEntry.Number(label) is { } value && value != Math.Floor(value)))
            throw new InputException("cohort-ambiguous", $"`{table.Name}`: the labels look like measurements ({Few.Of(found)}), not classes.");
        return found.All(label => SlideEntry.Number(label) is not null)
            ? [.. found.OrderBy(label => SlideEntry.Number(label))]
            : [.. found.Order(StringComparer.Ordinal)];
    }

    /// <summary><c>1.0</c> and <c>1</c> are one class.</summary>
    internal static string Canonical(string label) =>
        SlideEntry.Number(label) is { } value && value == Math.Floor(value) && Math.Abs(value) < 1e9
            ? value.ToString("0", CultureInfo.InvariantCulture) : label.Trim();
}
