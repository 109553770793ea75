using System.Globalization;
using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Cohort rows with a time and an event each.</summary>
internal static class SurvivalRows
{
    public static Cohort Build(CsvTable table, TableColumns columns, List<SlideEntry> entries, CohortOptions options)
    {
        var (observed, polarity) = Polarity.Of(table, columns);
        var timeName = table.Header[columns.Time];
        var reading = new List<string>
        {
            $"{columns.Sources(table, options)}, time from `{timeName}`.", polarity,
        };
        var warnings = new List<string>();
        if (columns.UnknownPatients(table, entries) is { } everyOne)
            warnings.Add(everyOne);

        var known = new List<(SlideEntry Entry, double Time, bool Event)>();
        var (unknown, words) = (new List<string>(), new List<string>());
        int[] outcome = [columns.Time, columns.Event, columns.Censor, columns.Status];
        foreach (var entry in entries)
        {
            var text = entry.Line[columns.Time];
            if (Missing.IsOutcome(text) || observed(entry.Line) is not { } seen)
            {
                unknown.Add(entry.SlideId);
                words.AddRange(outcome.Where(column => column >= 0).Select(column => entry.Line[column]).Where(word => Missing.IsOutcome(word) && !Missing.Is(word)).Take(1));
            }
            else if (table.Number(text) is not ({ } time and >= 0))
                throw new InputException("cohort-bad-value", $"`{table.Name}`: `{timeName}` of {entry.PatientId} is `{text}`; a time is a number from 0 up{(text.Contains(',') ? ", with a point before its decimals, not a comma" : "")}.");
            else
                known.Add((entry, time, seen));
        }
        // Said, as whoever means thousands by a comma would have times a thousand times shorter.
        if (known.Find(row => SlideEntry.Number(row.Entry.Line[columns.Time]) is null) is { Entry: not null } comma)
            reading.Add(string.Create(CultureInfo.InvariantCulture, $"`{timeName}` read with decimal commas: `{comma.Entry.Line[columns.Time]}` is {comma.Time}."));
        if (unknown.Count > 0)
            warnings.Add($"{Few.Count(unknown.Count, "slide without time or event was", "slides without time or event were")} left out: {Few.Of(unknown)}"
                + (words.Count == 0 ? "." : $" ({string.Join(", ", words.GroupBy(word => word).Select(same => $"`{same.Key}` {same.Count()}"))})."));

        var torn = known.GroupBy(row => row.Entry.PatientId).Where(bag => bag.Select(row => (row.Time, row.Event)).Distinct().Count() > 1).ToArray();
        if (torn.Length > 0)
            throw new InputException("cohort-contradiction",
                $"`{table.Name}`: patients with more than one time or event: {Few.Of(torn.Select(bag => bag.Key))}. Mend the table.");
        if (!known.Exists(row => row.Event))
            throw new InputException("cohort-contradiction",
                $"`{table.Name}`: no patient has an event. {polarity} If it is the other way round, say so with --event-column or --censor-column.");

        var rows = known.GroupBy(row => options.BagPer == BagPer.Slide ? row.Entry.SlideId : row.Entry.PatientId)
            .Select(bag => new CohortRow(bag.Key, bag.First().Entry.PatientId, SlideEntry.Ids(bag.Select(row => row.Entry)),
                Time: bag.First().Time, Event: bag.First().Event).WithSites(bag.Select(row => row.Entry.Site))).ToArray();
        if (Guard(rows) is { } doubt)
        {
            // The table's own words outweigh the doubt; one word of the user's alone does not.
            var (told, other) = columns.Event >= 0 ? (columns.Event, "--censor-column") : (columns.Censor, "--event-column");
            if (told >= 0 && !Polarity.Agrees(table, told, observed: columns.Event >= 0) && !options.PolarityChecked)
                throw new InputException("cohort-polarity",
                    $"`{table.Name}`: {polarity} But {doubt} If they are, take {other} {table.Header[told]}; if they are not, say --polarity-checked.");
            warnings.Add(doubt);
        }
        return new Cohort(CohortTask.Survival, [], rows, reading, warnings) { BagPer = options.BagPer == BagPer.Slide ? BagPer.Slide : BagPer.Patient, TimeName = timeName };
    }

    /// <summary>
    /// With the polarity right, those still under observation have as a rule been followed longer than those who had their event. The other
    /// way round is possible (young cohorts), so it is a warning where the table itself says what 1 means, and a question where it does not.
    /// </summary>
    static string? Guard(CohortRow[] rows)
    {
        var events = Median(rows.Where(row => row.Event));
        var censored = Median(rows.Where(row => !row.Event));
        return events > censored
            ? $"patients with an event have longer times (median {events:0.#}) than censored ones ({censored:0.#}); make sure that event and censored are not swapped."
            : null;
    }

    static double Median(IEnumerable<CohortRow> rows)
    {
        var times = rows.DistinctBy(row => row.PatientId).Select(row => row.Time).Order().ToArray();
        return times.Length == 0 ? double.NaN : (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2;
    }
}
