using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>MHIM classification: <c>id,label</c>, the first line is data.</summary>
internal static class HeaderlessTable
{
    public static Cohort Read(CsvTable table, CohortOptions options)
    {
        if (options.SlideTable is not null)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}` has no header, so its first column names slides, and --slide-table would have nothing to add. Give it one, such as PATIENT,label, or leave --slide-table out.");
        CohortReader.RequireUse(CohortTask.Classification, options);
        if (options.Task == CohortTask.Survival || options.SiteColumn is not null)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}` has no header, so it is a table of slides and classes, without {(options.SiteColumn is not null ? "sites" : "times")}. Give it one that names its columns, or leave {(options.SiteColumn is not null ? "--site-column" : "--task survival")} out.");
        var ids = SlideIds.Of(table.Name, table.Lines.Select(line => line[0]), options.HasFeatures);
        var labelled = table.Lines.ConvertAll(line =>
        {
            var slide = ids.For(line[0]);
            return (new SlideEntry(slide, slide, null, line), line[1]);
        });
        if (labelled.Find(pair => Missing.Is(pair.Item1.SlideId)) is ({ } nameless, _))
            throw new InputException("cohort-bad-value", $"`{table.Name}`: row {table.Row(table.Lines.IndexOf(nameless.Line))} names no slide; fill it in or remove the row.");
        return ClassRows.Build(table, labelled, ["Read as MHIM classification: no header, slide and class in each row."], TableColumns.EveryOne("slide"), options);
    }
}
