using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>
/// Reads label tables in the dialects that users bring, known by their columns: CLAM (<c>case_id,slide_id,label</c>), MCAT and SurvPath
/// (<c>survival_months,censorship</c>), PANTHER (<c>os_survival_days,os_censorship</c>), MHIM survival (<c>Study,ID,Event,Status,WSI</c>), MHIM
/// classification (<c>id,label</c> without header), STAMP and PathBench (<c>PATIENT,FILENAME</c>).
/// </summary>
public static class CohortReader
{
    /// <summary>Reads a CSV (or tab-separated) table, gzipped or not.</summary>
    /// <param name="path">The table.</param>
    /// <param name="options">What the columns do not say; null: nothing.</param>
    /// <returns>The cohort; <see cref="Cohort.Describe"/> tells how it was read.</returns>
    /// <exception cref="InputException">
    /// <c>cohort-missing</c> (no such file), <c>cohort-unreadable</c> (no table), <c>cohort-no-column</c> (a named column is not there),
    /// <c>cohort-ambiguous</c> (the meaning of a column is not clear, above all whether 1 is an event or censored),
    /// <c>cohort-contradiction</c> (rows that cannot both be true), <c>cohort-bad-value</c>, <c>classes-unreadable</c> (named classes that no row has, or of a table of survival),
    /// <c>setting-without-use</c> (a column named for the other task).
    /// </exception>
    public static Cohort Read(string path, CohortOptions? options = null)
    {
        options ??= new CohortOptions();
        var table = CsvTable.Read(path);
        if (IsHeaderless(table, options))
            return HeaderlessTable.Read(table, options);
        var columns = TableColumns.Of(table, options);
        if (columns.Slide < 0 && options.SlideTable is null)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}`: no column with the slides was recognised among {TableColumns.Columns(table)}; name it with --slide-column, or give --slide-table.");
        if (columns.Slide < 0 && columns.Patient < 0)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}`: neither slides nor patients were recognised among {TableColumns.Columns(table)}; name one with --slide-column or --patient-column.");
        var (entries, without) = SlideEntry.Of(table, columns, options);
        var task = TaskOf(table, columns, options);
        if (task == CohortTask.Survival && options.Classes is not null)
            throw new InputException("classes-unreadable", $"--classes names classes, but `{table.Name}` is read as survival; leave it out, or say --task classification.");
        var cohort = task == CohortTask.Survival
            ? SurvivalRows.Build(table, columns, entries, options)
            : ClassRows.Build(table, columns, entries, options);
        var warnings = new List<string>(cohort.Warnings);
        if (columns.Slide >= 0 && options.SlideTable is not null)
            warnings.Add($"`{table.Name}` names its slides itself, in `{table.Header[columns.Slide]}`; `{Path.GetFileName(options.SlideTable)}` was not read.");
        if (without.Count > 0)
            warnings.Add($"{Few.Count(without.Distinct().Count(), "patient has", "patients have")} no slide in `{Path.GetFileName(options.SlideTable)}` and {(without.Distinct().Count() == 1 ? "was" : "were")} left out: {Few.Of(without.Distinct())}.");
        warnings.AddRange(Alike(entries, columns));
        return cohort with { Warnings = warnings };
    }

    /// <summary>Slides that a table has under several names; lists of slides are not looked into.</summary>
    internal static IEnumerable<string> Alike(List<SlideEntry> entries, TableColumns columns) => columns.Slide < 0 ? []
        : entries.Where(entry => !entry.Line[columns.Slide].Contains(';')).GroupBy(entry => entry.SlideId, entry => entry.Line[columns.Slide])
            .Select(group => (Slide: group.Key, Names: group.Distinct().ToArray())).Where(alike => alike.Names.Length > 1)
            .Select(alike => $"{Few.Of(alike.Names)} are taken for one slide, `{alike.Slide}`: a slide is its name without folder and extension.");

    /// <summary>MHIM classification tables start with data: two columns, no known name, and the first label comes again.</summary>
    static bool IsHeaderless(CsvTable table, CohortOptions options) =>
        table.Header.Length == 2 && options is { LabelColumn: null, SlideColumn: null, PatientColumn: null, TimeColumn: null }
        && TableColumns.Of(table, new CohortOptions()) is { Patient: < 0, Slide: < 0, Label: < 0, HasSurvival: false }
        && table.Lines.Skip(1).Any(line => line[1] == table.Header[1]);

    /// <summary>Columns that are named for the other task would be passed over.</summary>
    internal static void RequireUse(CohortTask task, CohortOptions options)
    {
        string?[] idle = task == CohortTask.Survival ? [options.LabelColumn is null ? null : "--label-column"]
            : [options.TimeColumn is null ? null : "--time-column", options.EventColumn is null ? null : "--event-column",
                options.CensorColumn is null ? null : "--censor-column", options.PolarityChecked ? "--polarity-checked" : null];
        if (idle.OfType<string>().ToArray() is { Length: > 0 } names)
            throw new InputException("setting-without-use", $"The table is read as {(task == CohortTask.Survival ? "survival" : "classes")}, which needs no {string.Join(", ", names)}; leave it out, or say --task {(task == CohortTask.Survival ? "classification" : "survival")}.");
    }

    static CohortTask TaskOf(CsvTable table, TableColumns columns, CohortOptions options)
    {
        var survivalNamed = options.TimeColumn is not null || options.EventColumn is not null || options.CensorColumn is not null;
        var task = options.Task
            ?? (options.LabelColumn is not null && !survivalNamed ? CohortTask.Classification
                : survivalNamed && options.LabelColumn is null ? CohortTask.Survival
                : columns.Label >= 0 && columns.HasSurvival ? throw new InputException("cohort-ambiguous",
                    $"`{table.Name}` holds both `{table.Header[columns.Label]}` and `{table.Header[columns.Time]}`; say --task classification or --task survival.")
                : columns.HasSurvival ? CohortTask.Survival : CohortTask.Classification);
        if (task == CohortTask.Classification && columns.Label < 0)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}`: no column with the label was recognised among {TableColumns.Columns(table)}; name it with --label-column.");
        if (task == CohortTask.Survival && !columns.HasSurvival)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}`: time and event were not both recognised among {TableColumns.Columns(table)}; name them with --time-column and --event-column or --censor-column.");
        if (task == CohortTask.Survival && columns.Rivals is { } rivals)
            throw new InputException("cohort-ambiguous", $"`{table.Name}` has more than one endpoint, {rivals}; name the columns of yours with --time-column and --event-column or --censor-column.");
        RequireUse(task, options);
        return task;
    }
}
