using System.Globalization;
using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>One slide of one table row.</summary>
internal sealed record SlideEntry(string SlideId, string PatientId, string? Site, string[] Line)
{
    /// <summary>Every slide of every row; rows without a slide or patient are refused, slides of two patients too. Beside them the patients of whom a slide table knows nothing.</summary>
    public static (List<SlideEntry> Entries, List<string> WithoutSlides) Of(CsvTable table, TableColumns columns, CohortOptions options)
    {
        var without = new List<string>();
        var slidesOf = options.SlideTable is null || columns.Slide >= 0 ? null : SlidesByPatient(table.Header[columns.Patient], options.SlideTable, options.HasFeatures);
        var ids = columns.Slide >= 0 ? IdsIn(table, columns.Slide, options.HasFeatures) : null;
        var entries = new List<SlideEntry>();
        for (var number = 1; number < table.Lines.Count; number++)
        {
            var line = table.Lines[number];
            var site = columns.Site >= 0 && !Missing.Is(line[columns.Site]) ? line[columns.Site] : null;
            var slides = columns.Slide >= 0 ? Slides(line[columns.Slide], ids!) : slidesOf!.GetValueOrDefault(line[columns.Patient]) ?? [];
            if (slides.Count == 0 && columns.Slide >= 0)
                throw new InputException("cohort-bad-value", $"`{table.Name}`: row {table.Row(number)} names no slide; fill it in or remove the row.");
            var patient = columns.Patient >= 0 ? line[columns.Patient] : null;
            if (patient is not null && Missing.Is(patient))
                throw new InputException("cohort-bad-value", $"`{table.Name}`: row {table.Row(number)} names no patient; fill it in or remove the row.");
            if (slides.Count == 0)
                without.Add(patient!);
            // Slides of one row are of one patient, whoever that is.
            patient ??= columns.RowId >= 0 && !Missing.Is(line[columns.RowId]) ? line[columns.RowId] : slides[0];
            entries.AddRange(slides.Select(slide => new SlideEntry(slide, patient, site, line)));
        }
        var shared = entries.GroupBy(entry => entry.SlideId).Where(group => group.Select(entry => entry.PatientId).Distinct().Count() > 1).ToArray();
        if (shared.Length > 0)
            throw new InputException("cohort-contradiction",
                $"`{table.Name}`: slides that belong to two patients: {Few.Of(shared.Select(group => group.Key))}. A slide has one patient; mend the table.");
        if (entries.Count == 0 && without.Count > 0)
            throw new InputException("cohort-contradiction", $"`{Path.GetFileName(options.SlideTable)}` names slides of none of the patients in `{table.Name}`, such as {Few.Of(without.Take(3))}; ids must be the same in both.");
        return (entries, without);
    }

    /// <summary>The slides of a bag, in the order in which their instances stand in it.</summary>
    public static IReadOnlyList<string> Ids(IEnumerable<SlideEntry> bag) => [.. bag.Select(entry => entry.SlideId).Distinct()];

    static IEnumerable<string> Names(string field) =>
        field.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(name => !Missing.Is(name));

    static SlideIds IdsIn(CsvTable table, int column, Func<string, bool>? hasFeatures) =>
        SlideIds.Of(table.Name, table.Lines.Skip(1).SelectMany(line => Names(line[column])), hasFeatures);

    static List<string> Slides(string field, SlideIds ids) => [.. Names(field).Select(ids.For).Where(id => id.Length > 0).Distinct()];

    static Dictionary<string, List<string>> SlidesByPatient(string patientName, string path, Func<string, bool>? hasFeatures)
    {
        var table = CsvTable.Read(path);
        // The two tables meet in the column that both have, where there is one.
        var columns = TableColumns.Of(table, new CohortOptions { PatientColumn = table.Column(patientName) >= 0 ? patientName : null });
        if (columns.Patient < 0 || columns.Slide < 0)
            throw new InputException("cohort-ambiguous", $"`{table.Name}` as slide table needs a patient and a slide column, as PATIENT,FILENAME.");
        var ids = IdsIn(table, columns.Slide, hasFeatures);
        return table.Lines.Skip(1).GroupBy(line => line[columns.Patient])
            .ToDictionary(group => group.Key, group => group.SelectMany(line => Slides(line[columns.Slide], ids)).Distinct().ToList());
    }

    public static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
}
