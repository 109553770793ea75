using System.Globalization;
using System.Net;

namespace Mhim.Mil.Reports.Charts;

/// <summary>How numbers and text are written in a report and on the console.</summary>
public static class Words
{
    /// <summary>Three digits after the point; a dash where nothing is known.</summary>
    public static string Number(double? value) =>
        value is { } known && double.IsFinite(known) ? known.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    /// <summary>The same with its sign.</summary>
    public static string Signed(double? value) =>
        value is { } known && double.IsFinite(known) ? known.ToString("+0.000;−0.000;0.000", CultureInfo.InvariantCulture) : "–";

    /// <summary>From one to another.</summary>
    public static string Change(double before, double after) => $"{Number(before)} → {Number(after)}";

    /// <summary>A p-value.</summary>
    public static string P(double? value) => value switch
    {
        null => "–",
        < 0.001 => "< 0.001",
        _ => value.Value.ToString("0.000", CultureInfo.InvariantCulture),
    };

    /// <summary>An interval; nothing where it is not known.</summary>
    public static string Interval(double? low, double? high) => low is null || high is null ? "" : $"{Number(low)} to {Number(high)}";

    /// <summary>Text as HTML has it.</summary>
    public static string Html(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Text in which `words between backticks` are set as code.</summary>
    public static string Marked(string text) => string.Concat(text.Split('`')
        .Select((part, i) => i % 2 == 1 ? $"<code>{Html(part)}</code>" : Html(part)));
}
