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

    /// <summary>What a mean is over: <c>mean of folds</c>, or <c>mean of 3 of 5 folds</c> where not every fold could be counted.</summary>
    public static string MeanOf(int? counted, int folds) => counted is { } some && some < folds ? $"mean of {some} of {folds} folds" : "mean of folds";

    /// <summary>The same in a sentence: <c>the mean of the folds</c>.</summary>
    public static string TheMeanOf(int? counted, int folds) => counted is { } some && some < folds ? $"the {MeanOf(counted, folds)}" : "the mean of the folds";

    /// <summary>A mean of folds in a table that says so above: the number, and over how many folds where not every one could be counted.</summary>
    public static string FoldMean(double? value, int? counted, int folds) => Number(value) + (counted is { } some && some < folds ? $" ({MeanOf(counted, folds)})" : "");

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
