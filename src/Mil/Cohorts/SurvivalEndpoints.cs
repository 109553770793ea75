namespace Mhim.Mil.Cohorts;

/// <summary>
/// Which of a table's survival columns belong together: <c>os_time</c> with <c>os_event</c>, <c>time</c> with <c>event</c>. A time of one endpoint and the outcome of
/// another would be learned from without a sign that anything is wrong.
/// </summary>
internal sealed class SurvivalEndpoints
{
    string? _time, _outcome;

    /// <summary>What is to be named to choose, for people; null where there is no choice.</summary>
    public string? Rivals { get; private init; }

    public static SurvivalEndpoints Of(CsvTable table, CohortOptions options)
    {
        string[] Present(IEnumerable<string> names) => [.. names.Where(name => table.Column(name) >= 0)];
        var times = Present(TableColumns.TimeNames);
        var outcomes = Present([.. TableColumns.EventNames, .. TableColumns.CensorNames, .. TableColumns.StatusNames]);
        var stems = outcomes.Where(name => !IsOfAny(name)).Select(Of).ToArray();
        string[] whole = [.. times.Select(Of).Intersect(stems)];
        string? StemOf(string[] recognised, string? named) =>
            named is not null && recognised.Contains(named, StringComparer.OrdinalIgnoreCase) && !IsOfAny(named) ? Of(named) : null;
        var outcome = options.EventColumn ?? options.CensorColumn;
        var said = StemOf(times, options.TimeColumn) ?? StemOf(outcomes, outcome);
        var chosen = said ?? (whole is [var only] ? only : null);
        var open = options.TimeColumn is null && outcome is null ? whole.Length > 1
            : (options.TimeColumn is null || outcome is null) && said is not null && whole.Length > 0 && !whole.Contains(said);
        return new()
        {
            // Where only one of the two has columns of that endpoint, the other is taken as it is: `survival_months` with `os_status`.
            _time = times.Any(name => Of(name) == chosen) ? chosen : null,
            _outcome = stems.Contains(chosen) ? chosen : null,
            Rivals = !open ? null : (said is null ? "" : $"`{options.TimeColumn ?? outcome}` beside ")
                + string.Join(" or ", whole.Select(stem => $"`{times.First(name => Of(name) == stem)}` with `{outcomes.First(name => !IsOfAny(name) && Of(name) == stem)}`")),
        };
    }

    /// <summary>Whether a time of this name is of the endpoint.</summary>
    public bool HasTime(string name) => _time is null || Of(name) == _time;

    /// <summary>Whether an outcome of this name is of the endpoint.</summary>
    public bool Has(string name) => _outcome is null || IsOfAny(name) || Of(name) == _outcome;

    // Whether somebody lives is said of every overall survival, whatever its time is called.
    static bool IsOfAny(string name) => name.Equals("vital_status", StringComparison.OrdinalIgnoreCase);

    static string Of(string name) => name.StartsWith("os", StringComparison.OrdinalIgnoreCase) ? "os" : "";
}
