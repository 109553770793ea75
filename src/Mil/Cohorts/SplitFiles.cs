using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Mil.Cohorts;

/// <summary>CLAM's split files: <c>splits_k.csv</c> with an index and the columns train, val, test, each a list of slide ids.</summary>
public static partial class SplitFiles
{
    /// <summary>Writes one <c>splits_k.csv</c> per split; a row with several slides gives all of them. Files of other folds go: read again they would be taken for these splits'.</summary>
    public static void Write(string folder, IReadOnlyCollection<Split> splits)
    {
        var written = splits.Select(split => NameOf(split.Fold)).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, _) in Files(folder))
            if (!written.Contains(Path.GetFileName(path)))
                File.Delete(path);
        foreach (var split in splits)
        {
            string[][] columns = [.. new[] { split.Train, split.Validation, split.Test }
                .Select(rows => rows.SelectMany(row => row.SlideIds).Distinct().ToArray())];
            var text = new StringBuilder(",train,val,test\n");
            for (var i = 0; i < columns.Max(column => column.Length); i++)
                text.Append(i).Append(',').Append(Csv.Line(columns.Select(column => i < column.Length ? column[i] : "")));
            AtomicFile.WriteAllText(Path.Combine(folder, NameOf(split.Fold)), text.ToString());
        }
    }

    /// <summary>Reads every <c>splits_k.csv</c> of a folder, by k, and matches its slides exactly to a cohort's.</summary>
    /// <param name="folder">Where they lie.</param>
    /// <param name="cohort">Whose rows they divide; rows that a file does not name are left out of that split.</param>
    /// <exception cref="InputException"><c>splits-missing</c>; <c>splits-same-number</c>, naming both files; <c>splits-unreadable</c>; <c>splits-unknown-slide</c>, listing ids that the cohort
    /// does not have; <c>splits-torn-row</c> when one bag's slides go to different parts; <c>patient-leakage</c>.</exception>
    public static IReadOnlyList<Split> Read(string folder, Cohort cohort)
    {
        var files = Files(folder);
        if (files.Length == 0)
            throw new InputException("splits-missing", $"There is no `splits_0.csv` in `{folder}`.");
        if (files.GroupBy(file => file.Fold).FirstOrDefault(same => same.Count() > 1)?.ToArray() is [var one, var other, ..])
            throw new InputException("splits-same-number",
                $"`{Path.GetFileName(one.Path)}` and `{Path.GetFileName(other.Path)}` in `{folder}` are both of fold {one.Fold}. Give each a number of its own, or remove one.");
        return [.. files.Select(file => Read(file.Path, file.Fold, cohort))];
    }

    /// <summary>The names of the split files in a folder, by number; empty where there is no such folder.</summary>
    public static IReadOnlyList<string> NamesIn(string folder) => [.. Files(folder).Select(file => Path.GetFileName(file.Path))];

    static string NameOf(int fold) => $"splits_{fold.ToString(CultureInfo.InvariantCulture)}.csv";

    static (string Path, int Fold)[] Files(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, "splits_*.csv")
            .Select(path => (Path: path, Match: FileName().Match(Path.GetFileName(path))))
            .Where(file => file.Match.Success)
            .Select(file => (file.Path, Fold: int.Parse(file.Match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)))
            .OrderBy(file => file.Fold).ThenBy(file => file.Path.Length)
    ];

    static Split Read(string path, int fold, Cohort cohort)
    {
        var table = CsvTable.Read(path);
        int[] columns = [table.Column("train"), table.FirstOf(["val", "validation"]), table.Column("test")];
        if (columns.Contains(-1))
            throw new InputException("splits-unreadable", $"`{table.Name}` needs the columns train, val and test; it has {TableColumns.Columns(table)}.");
        var known = cohort.SlideIds.ToHashSet(StringComparer.Ordinal);
        var partsOf = new Dictionary<string, HashSet<int>>(StringComparer.Ordinal);
        for (var part = 0; part < 3; part++)
            foreach (var cell in table.Lines.Skip(1).Select(line => line[columns[part]]))
            {
                // An id as it was written, though it looks like a file's name or a missing one; else a file's name.
                if (!known.Contains(cell) && Missing.Is(cell))
                    continue;
                var slide = SlideName.Candidates(cell).Prepend(cell).FirstOrDefault(known.Contains) ?? SlideName.Of(cell);
                if (!partsOf.TryGetValue(slide, out var parts))
                    partsOf[slide] = parts = [];
                parts.Add(part);
            }
        var unknown = partsOf.Keys.Except(known).ToArray();
        if (unknown.Length > 0)
            throw new InputException("splits-unknown-slide",
                $"`{table.Name}` names slides that the cohort does not have: {Few.Of(unknown)}. Slide ids must be equal letter for letter.");

        var rows = new List<CohortRow>[] { [], [], [] };
        foreach (var row in cohort.Rows)
        {
            // A bag goes where those of its slides go that are named: a run writes those with features.
            var parts = row.SlideIds.Select(slide => partsOf.GetValueOrDefault(slide)).OfType<HashSet<int>>().ToArray();
            if (parts.Length == 0)
                continue;
            if (Array.Exists(parts, part => !part.SetEquals(parts[0])))
                throw new InputException("splits-torn-row", $"`{table.Name}`: the slides of `{row.Id}` make one bag, but they are not all in one part. Give them one.");
            foreach (var part in parts[0])
                rows[part].Add(row);
        }
        var split = new Split(fold, rows[0], rows[1], rows[2]);
        LeakageGate.Require(split);
        return split;
    }

    [GeneratedRegex(@"^splits_(\d{1,6})\.csv$")]
    private static partial Regex FileName();
}
