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
        string[] whole = [.. times.Select(Of).Intersect(outcomes.Select(Of))];
        string? StemOf(string[] recognised, string? named) => named is not null && recognised.Contains(named, StringComparer.OrdinalIgnoreCase) ? Of(named) : null;
        var said = StemOf(times, options.TimeColumn) ?? StemOf(outcomes, options.EventColumn ?? options.CensorColumn);
        var chosen = said ?? (whole is [var only] ? only : null);
        return new()
        {
            // Where only one of the two has columns of that endpoint, the other is taken as it is: `survival_months` with `os_status`.
            _time = times.Any(name => Of(name) == chosen) ? chosen : null,
            _outcome = outcomes.Any(name => Of(name) == chosen) ? chosen : null,
            Rivals = whole.Length < 2 || said is not null || options is not { TimeColumn: null, EventColumn: null, CensorColumn: null } ? null
                : string.Join(" or ", whole.Select(stem => $"`{times.First(name => Of(name) == stem)}` with `{outcomes.First(name => Of(name) == stem)}`")),
        };
    }

    /// <summary>Whether a time of this name is of the endpoint.</summary>
    public bool HasTime(string name) => _time is null || Of(name) == _time;

    /// <summary>Whether an outcome of this name is of the endpoint.</summary>
    public bool Has(string name) => _outcome is null || Of(name) == _outcome;

    static string Of(string name) => name.StartsWith("os", StringComparison.OrdinalIgnoreCase) ? "os" : "";
}
