using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Which column of a table means what: the dialects, by the names they use.</summary>
internal sealed record TableColumns
{
    static readonly string[] PatientNames = ["case_id", "patient", "patient_id", "case", "patientid", "caseid", "subject_id"];
    static readonly string[] SlideNames = ["slide_id", "filename", "slide", "wsi"];
    static readonly string[] LabelNames = ["label", "category", "class"];
    internal static readonly string[] TimeNames =
        ["survival_months", "os_survival_days", "survival_days", "time", "os_survival_months", "os_time", "os_days", "os_months", "survival_time"];
    static readonly string[] TimeWords = ["time", "days", "weeks", "months", "years"];
    internal static readonly string[] EventNames = ["event", "os_event", "event_observed"];
    internal static readonly string[] CensorNames = ["censorship", "os_censorship", "censored", "censor", "censoring"];
    internal static readonly string[] StatusNames = ["status", "os_status", "vital_status", "os", "survival_status"];
    static readonly string[] SiteNames = ["site", "institution", "center", "centre"];

    /// <summary>Who writes such tables, for people.</summary>
    public required string Dialect { get; init; }

    public int Patient { get; init; } = -1;
    public int Slide { get; init; } = -1;

    /// <summary>A column that tells rows apart, where none names the patients.</summary>
    public int RowId { get; init; } = -1;

    public int Label { get; init; } = -1;
    public int Time { get; init; } = -1;
    public int Event { get; init; } = -1;
    public int Censor { get; init; } = -1;

    /// <summary>A column that says who died, but not by which number.</summary>
    public int Status { get; init; } = -1;

    public int Site { get; init; } = -1;

    /// <summary>Endpoints between which the table leaves the choice, for people; null where there is one.</summary>
    public string? Rivals { get; init; }

    public bool HasSurvival => Time >= 0 && (Event >= 0 || Censor >= 0 || Status >= 0);

    public static TableColumns Of(CsvTable table, CohortOptions options)
    {
        var found = Recognise(table, options);
        var time = found.Time;
        int Named(string? wanted, int otherwise) => wanted is null ? otherwise
            : (Array.FindAll(table.Header, name => name == wanted).Length == 1 ? Array.IndexOf(table.Header, wanted) : table.Column(wanted)) is >= 0 and var column ? column
            : throw new InputException("cohort-no-column", $"`{table.Name}` has no column `{wanted}`; it has {Columns(table)}.");
        found = found with
        {
            Patient = Named(options.PatientColumn, found.Patient),
            Slide = Named(options.SlideColumn, found.Slide),
            Label = Named(options.LabelColumn, found.Label),
            Time = Named(options.TimeColumn, found.Time),
            Site = Named(options.SiteColumn, found.Site),
        };
        if (options.PatientColumn is null && found.Patient >= 0)
            PatientGrouping.Require(table, found.Patient, PatientNames.Select(table.Column).Where(column => column >= 0 && column != found.Slide && column != found.Label));
        if (found.Patient < 0 && table.Column("id") is var id && id != found.Slide && id != found.Label)
            found = found with { RowId = id };
        if (options.EventColumn is null && options.CensorColumn is null)
            // As TCGA's tables have them: survival_months with censorship, survival_months_pfi with censorship_pfi.
            return time < 0 || found.Time == time || !found.HasSurvival ? found
                : throw new InputException("cohort-ambiguous", $"`{table.Name}`: `{table.Header[found.Time]}` was named as the time, but "
                    + $"`{table.Header[new[] { found.Event, found.Censor, found.Status }.First(column => column >= 0)]}` goes with `{table.Header[time]}`; name the column that goes with yours too (--event-column or --censor-column).");
        // What the user names replaces what the names suggest, altogether.
        var suggested = found;
        found = found with { Event = Named(options.EventColumn, -1), Censor = Named(options.CensorColumn, -1), Status = -1 };
        if (found.Event >= 0 && found.Event == found.Time && options.TimeColumn is null)
            return found with { Time = -1 };
        if (options.TimeColumn is null && (found.Event >= 0 ? found.Event : found.Censor) is var named && IsOfAnotherTime(table, suggested, named))
            throw new InputException("cohort-ambiguous", $"`{table.Name}`: `{table.Header[named]}` was named, but not the time that goes with it; "
                + $"name that too (--time-column). It could be {string.Join(", ", EndpointTimes(table, named, found.Time).Select(column => $"`{table.Header[column]}`"))}.");
        return found;
    }

    /// <summary>Whether an event that the user names may belong to another endpoint than the time that was recognised.</summary>
    static bool IsOfAnotherTime(CsvTable table, TableColumns suggested, int named) => suggested.Time >= 0
        && !((int[])[suggested.Event, suggested.Censor, suggested.Status]).Contains(named)
        && !EventNames.Concat(CensorNames).Concat(StatusNames).Contains(table.Header[named], StringComparer.OrdinalIgnoreCase)
        && (suggested.HasSurvival || table.Header.Any(name => name.StartsWith(table.Header[suggested.Time] + "_", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Columns that look like times, the recognised one among them.</summary>
    static IEnumerable<int> EndpointTimes(CsvTable table, int named, int recognised) => Enumerable.Range(0, table.Header.Length).Where(column => column == recognised
        || (column != named && Array.Exists(TimeWords, word => table.Header[column].Contains(word, StringComparison.OrdinalIgnoreCase))
            && table.Lines.Skip(1).All(line => Missing.IsOutcome(line[column]) || table.Number(line[column]) is not null)));

    /// <summary>Where slides and patients come from, for people.</summary>
    public string Sources(CsvTable table, CohortOptions options) =>
        $"Read as {Dialect}: slides from `{(Slide >= 0 ? table.Header[Slide] : Path.GetFileName(options.SlideTable!))}`"
        + (Patient >= 0 ? $", patients from `{table.Header[Patient]}`" : "");

    /// <summary>What counts as a patient where none is named, for people; null where they are.</summary>
    public string? UnknownPatients(CsvTable table, List<SlideEntry> entries) => Patient >= 0 ? null
        : EveryOne(RowId >= 0 ? $"`{table.Header[RowId]}`" : entries.GroupBy(entry => entry.Line).Any(row => row.Count() > 1) ? "row" : "slide");

    public static string EveryOne(string what) => $"the table names no patients, so every {what} counts as a patient of its own.";

    public static string Columns(CsvTable table) => string.Join(", ", table.Header.Where(name => name.Length > 0).Select(name => $"`{name}`"));

    static TableColumns Recognise(CsvTable table, CohortOptions options)
    {
        // MHIM's own survival tables call the time Event, and have no other.
        if (table.FirstOf(TimeNames) < 0 && new[] { "ID", "Event", "Status", "WSI" }.All(name => table.Column(name) >= 0))
            return new TableColumns
            {
                Dialect = "MHIM survival", Patient = table.Column("ID"), Slide = table.Column("WSI"), Time = table.Column("Event"),
                Event = table.Column("Status"), Site = table.FirstOf(SiteNames),
            };
        var endpoints = SurvivalEndpoints.Of(table, options);
        int Outcome(IEnumerable<string> names) => table.FirstOf(names.Where(endpoints.Has));
        var columns = new TableColumns
        {
            Dialect = "",
            Patient = table.FirstOf(PatientNames), Slide = table.FirstOf(SlideNames), Label = table.FirstOf(LabelNames),
            Time = table.FirstOf(TimeNames.Where(endpoints.HasTime)), Event = Outcome(EventNames), Censor = Outcome(CensorNames),
            Status = Outcome(StatusNames), Site = table.FirstOf(SiteNames), Rivals = endpoints.Rivals,
        };
        // `id,label` under a header: the same as without one, but patients where a second table has their slides.
        if (columns is { Patient: < 0, Slide: < 0 })
            columns = options.SlideTable is null ? columns with { Slide = table.Column("id") } : columns with { Patient = table.Column("id") };
        bool Has(string name) => table.Column(name) >= 0;
        return columns with
        {
            Dialect = Has("os_censorship") ? "PANTHER survival"
                : Has("case_id") && Has("slide_id") && Has("censorship") ? "MCAT/SurvPath survival"
                : Has("case_id") && Has("slide_id") && Has("label") ? "CLAM labels"
                : Has("PATIENT") && (Has("FILENAME") || Has("slide")) ? "STAMP/PathBench"
                : "a plain table",
        };
    }
}
