using System.Globalization;

namespace Mhim.Features.Files;

/// <summary>Fields and lines of comma-separated tables (RFC 4180), as every table of this program is written.</summary>
public static class Csv
{
    static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create(",\"\n\r");

    /// <summary>A field as it stands in a line: in quotes when it holds a comma, a quote or a line end.</summary>
    public static string Field(string text) => text.AsSpan().IndexOfAny(Special) < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";

    /// <summary>The same for words that somebody else chose and that people open in a spreadsheet: a leading <c>= + - @</c> would be a formula there, unless it is that of a number.</summary>
    public static string Word(string text) =>
        Field(text is ['=' or '+' or '-' or '@', ..] && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? "'" + text : text);

    /// <summary>A line with its end.</summary>
    public static string Line(IEnumerable<string> fields) => string.Join(',', fields.Select(Field)) + "\n";
}
