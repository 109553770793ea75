using System.Globalization;
using Mhim.Features;
using Microsoft.Extensions.Configuration;

namespace Mhim.Workers.Jobs;

/// <summary>How long things are kept. Null: for good, which is the default.</summary>
/// <param name="Jobs">Finished jobs of which nothing hangs any more; those of predictions and runs stay as long as these.</param>
/// <param name="Audit">Entries of the audit trail.</param>
/// <param name="Predictions">Predictions with their pictures, counted from when they were done.</param>
public sealed record RetentionOptions(TimeSpan? Jobs, TimeSpan? Audit, TimeSpan? Predictions)
{
    /// <summary>Reads <c>Mhim:Retention:JobsDays</c>, <c>:AuditDays</c> and <c>:PredictionsDays</c>. Uploads have <c>Mhim:Uploads:KeepHours</c>.</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static RetentionOptions From(IConfiguration configuration) => new(
        Days(configuration, "Mhim:Retention:JobsDays"), Days(configuration, "Mhim:Retention:AuditDays"), Days(configuration, "Mhim:Retention:PredictionsDays"));

    static TimeSpan? Days(IConfiguration configuration, string key) => configuration[key] switch
    {
        null or "" => null,
        var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var days) && days is > 0 and < 1e5 => TimeSpan.FromDays(days),
        var text => throw new InputException("setting-unreadable", $"The setting '{key}' is a number of days above 0, not '{text}'."),
    };
}
