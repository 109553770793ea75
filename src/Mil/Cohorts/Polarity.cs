using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Which number means that the event was observed: said by a column's name, by its words or by the user, never guessed.</summary>
internal static class Polarity
{
    static readonly Dictionary<string, bool> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["dead"] = true, ["deceased"] = true, ["died"] = true, ["alive"] = false, ["living"] = false,
        ["1:deceased"] = true, ["0:living"] = false,
    };

    static readonly Dictionary<string, bool> Bits = new(StringComparer.OrdinalIgnoreCase)
    {
        ["1"] = true, ["1.0"] = true, ["true"] = true, ["yes"] = true, ["0"] = false, ["0.0"] = false, ["false"] = false, ["no"] = false,
    };

    /// <summary>How to read one row's event: observed, censored, or null when the row does not say.</summary>
    public static (Func<string[], bool?> Observed, string Sentence) Of(CsvTable table, TableColumns columns)
    {
        if (columns.Event >= 0 && columns.Censor >= 0)
        {
            Require(table, columns.Event, Bits);
            Require(table, columns.Censor, Bits);
            var clash = table.Lines.Skip(1).Count(line => Read(line[columns.Event], Bits) is { } e && Read(line[columns.Censor], Bits) is { } c && e == c);
            if (clash > 0)
                throw new InputException("cohort-ambiguous",
                    $"`{table.Name}`: `{table.Header[columns.Event]}` and `{table.Header[columns.Censor]}` contradict each other in {clash} rows; "
                    + "name the one that counts (--event-column or --censor-column).");
        }
        if (columns.Event >= 0)
        {
            var name = table.Header[columns.Event];
            var words = Spoken(table, columns.Event) ? Words : Bits;
            RequireUnderstood(table, columns.Event);
            if (words == Bits && PolarityName.Observed(name) == false)
                throw new InputException("cohort-ambiguous",
                    $"`{name}` was named as the event column, but its name says that 1 means censored; use --censor-column {name}, or rename the column.");
            Require(table, columns.Event, words);
            return (line => Read(line[columns.Event], words), words == Words
                ? $"`{name}` read by its words: dead is observed, alive is censored."
                : $"`{name}` 1 read as observed.");
        }
        if (columns.Censor >= 0)
        {
            var name = table.Header[columns.Censor];
            if (PolarityName.Observed(name) == true)
                throw new InputException("cohort-ambiguous",
                    $"`{name}` was named as the censor column, but its name says that 1 means observed; use --event-column {name}, or rename the column.");
            Require(table, columns.Censor, Bits);
            return (line => !Read(line[columns.Censor], Bits), $"`{name}` 1 read as not observed.");
        }
        if (Spoken(table, columns.Status))
            return (line => Read(line[columns.Status], Words), $"`{table.Header[columns.Status]}` read by its words: dead is observed, alive is censored.");
        RequireUnderstood(table, columns.Status);
        var status = table.Header[columns.Status];
        throw new InputException("cohort-ambiguous",
            $"`{table.Name}`: it is not clear whether 1 in `{status}` means that the event was observed or that the patient is censored; "
            + $"say --event-column {status} (1 = observed) or --censor-column {status} (1 = censored).");
    }

    /// <summary>Whether a column says by its words, or its name, that a 1 means what it was taken for.</summary>
    public static bool Agrees(CsvTable table, int column, bool observed) => Spoken(table, column) || PolarityName.Observed(table.Header[column]) == observed;

    static bool Spoken(CsvTable table, int column) =>
        table.Lines.Skip(1).Select(line => line[column]).Where(value => !Missing.IsOutcome(value)).DefaultIfEmpty("?").All(Words.ContainsKey);

    /// <summary>A column of which some words are understood is one of words: the others are what is wrong with it.</summary>
    static void RequireUnderstood(CsvTable table, int column)
    {
        var cells = table.Lines.Skip(1).Select(line => line[column]).Where(value => !Missing.IsOutcome(value)).ToArray();
        var (known, odd) = (cells.Where(Words.ContainsKey).Distinct().ToArray(), cells.Where(value => !Words.ContainsKey(value)).GroupBy(value => value).ToArray());
        if (known.Length > 0 && odd.Length > 0)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}`: column `{table.Header[column]}` is read by its words, such as {string.Join(" and ", known.Take(2))}, but "
                + $"{Few.Of(odd.Select(same => $"`{same.Key}` ({same.Count()} row{(same.Count() == 1 ? "" : "s")})"))} are not understood; write dead or alive there, or empty the cells of which nothing is known.");
    }

    static bool? Read(string value, Dictionary<string, bool> meaning) => meaning.TryGetValue(value, out var bit) ? bit : null;

    static void Require(CsvTable table, int column, Dictionary<string, bool> meaning)
    {
        var odd = table.Lines.Skip(1).Select(line => line[column]).FirstOrDefault(value => !Missing.IsOutcome(value) && !meaning.ContainsKey(value));
        if (odd is not null)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}`: column `{table.Header[column]}` holds `{odd}` where 0 or 1 is expected; recode it so that its meaning is clear.");
    }
}
