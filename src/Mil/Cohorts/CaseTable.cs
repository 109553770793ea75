using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Which slides are of which case, with no regard to labels: what a model of patients is asked about.</summary>
public static class CaseTable
{
    /// <summary>Reads the cases of a table as <see cref="CohortReader"/> reads those that it trains on: the same columns, ids and order of slides.</summary>
    /// <param name="path">The table: <c>case_id,slide_id</c>, or any label table that names patients and slides.</param>
    /// <param name="options">Its <see cref="CohortOptions.PatientColumn"/>, <see cref="CohortOptions.SlideColumn"/> and <see cref="CohortOptions.HasFeatures"/> are looked at; null: nothing is said.</param>
    /// <returns>A row per case, without a label.</returns>
    /// <exception cref="InputException"><c>cohort-missing</c>, <c>cohort-unreadable</c>, <c>cohort-no-column</c>, <c>cohort-ambiguous</c>, <c>cohort-contradiction</c>, <c>cohort-bad-value</c>.</exception>
    public static Cohort Read(string path, CohortOptions? options = null)
    {
        options = new CohortOptions { PatientColumn = options?.PatientColumn, SlideColumn = options?.SlideColumn, HasFeatures = options?.HasFeatures };
        var table = CsvTable.Read(path);
        var columns = TableColumns.Of(table, options);
        if (columns.Patient < 0 && columns.RowId < 0 || columns.Slide < 0)
            throw new InputException("cohort-ambiguous",
                $"`{table.Name}`: no column with the {(columns.Slide < 0 ? "slides" : "cases")} was recognised among {TableColumns.Columns(table)}; a table of cases is case_id,slide_id, or name it with {(columns.Slide < 0 ? "--slide-column" : "--patient-column")}.");
        var (entries, _) = SlideEntry.Of(table, columns, options);
        if (entries.Count == 0)
            throw new InputException("cohort-unreadable", $"`{table.Name}` names no case below its header.");
        return new Cohort(CohortTask.Classification, [], [.. entries.GroupBy(entry => entry.PatientId).Select(of => new CohortRow(of.Key, of.Key, SlideEntry.Ids(of)))],
            [], [.. CohortReader.Alike(entries, columns)]) { BagPer = BagPer.Patient };
    }
}
