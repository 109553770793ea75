using System.Text;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>A small table of text: separated by commas, tabs or semicolons, quotes as in RFC 4180, gzipped or not. The first line is kept as line 0.</summary>
internal sealed class CsvTable
{
    readonly List<int> _rows;

    readonly char _separator;

    CsvTable(string name, List<string[]> lines, List<int> rows, char separator) => (Name, Lines, _rows, _separator) = (name, lines, rows, separator);

    /// <summary>File name without its folder, for messages.</summary>
    public string Name { get; }

    /// <summary>Every line that is not empty, header included; all of the header's length.</summary>
    public List<string[]> Lines { get; }

    public string[] Header => Lines[0];

    /// <summary>The row of the file that a line is, from 1 and with empty rows counted, as a spreadsheet numbers them.</summary>
    public int Row(int line) => _rows[line];

    /// <summary>The number in a cell, or null.</summary>
    public double? Number(string cell) => SlideEntry.Number(cell) ?? (DecimalComma(cell, _separator) is { } pointed ? SlideEntry.Number(pointed) : null);

    /// <summary>A cell with a decimal point for its comma, where that is what the comma must be: spreadsheets that write it separate fields by semicolons. Null where it is not.</summary>
    public static string? DecimalComma(string cell, char separator) =>
        separator == ';' && !cell.Contains('.') && cell.Split(',') is [[.., var before], [var after, ..]] && char.IsAsciiDigit(before) && char.IsAsciiDigit(after) ? cell.Replace(',', '.') : null;

    /// <summary>Index of a column by name, without regard to case; −1 when there is none.</summary>
    /// <exception cref="InputException"><c>cohort-ambiguous</c>: there are two of that name, and they differ.</exception>
    public int Column(string name)
    {
        var found = -1;
        for (var column = 0; column < Header.Length; column++)
            if (!string.Equals(Header[column], name, StringComparison.OrdinalIgnoreCase))
                continue;
            else if (found < 0)
                found = column;
            else if (Lines.FindIndex(1, line => line[column] != line[found]) is >= 0 and var line)
                throw new InputException("cohort-ambiguous", $"`{Name}` has two columns `{Header[found]}`, and they differ, first in row {Row(line)} (`{Lines[line][found]}`, `{Lines[line][column]}`); remove or rename one.");
        return found;
    }

    /// <summary>Index of the first of these names that the table has, −1 when it has none.</summary>
    public int FirstOf(IEnumerable<string> names) => names.Select(Column).FirstOrDefault(column => column >= 0, -1);

    public static CsvTable Read(string path)
    {
        var name = Path.GetFileName(path);
        if (Directory.Exists(path))
            throw new InputException("cohort-unreadable", $"`{path}` is a folder; a table is a CSV file.");
        if (!File.Exists(path))
            throw new InputException("cohort-missing", $"There is no table at `{path}`.");
        try
        {
            using var reader = Open(path);
            var (lines, rows) = (new List<string[]>(), new List<int>());
            var (separator, told) = (',', false);
            for (var row = 1; reader.ReadLine() is { } line; row++)
            {
                if (row == 1 && SaidSeparator(line) is { } said)
                {
                    (separator, told, row) = (said, true, 0); // a spreadsheet does not show such a line, nor count it
                    continue;
                }
                if (lines.Count == 0 && !told)
                    separator = SeparatorOf(line);
                var fields = Record(line, reader, separator)
                    ?? throw new InputException("cohort-unreadable", $"`{name}`: a quote in row {row} is not closed where its field ends; close it, or double a quote that is part of the text.");
                for (var i = 0; i < fields.Length; i++)
                    fields[i] = fields[i].Trim();
                if (fields.All(field => field.Length == 0))
                    continue;
                if (lines.Count > 0 && fields.Length != lines[0].Length)
                    throw new InputException("cohort-unreadable",
                        $"`{name}`: row {row} has {fields.Length} fields where the first has {lines[0].Length}; mend the table.");
                if (fields.Any(field => field.Contains('\0')))
                    throw new InputException("cohort-unreadable", $"`{name}` is not a text table.");
                lines.Add(fields);
                rows.Add(row);
            }
            return lines.Count > 0 ? new CsvTable(name, lines, rows, separator) : throw new InputException("cohort-unreadable", $"`{name}` is empty.");
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw new InputException("cohort-unreadable", $"`{name}` cannot be read: {Why(e)}", e);
        }
    }

    // Names with letters that were read wrongly would be other names.
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Text of a file (UTF-8, or as its first bytes say), unzipped where these or its name (<c>.gz</c>) say so. .NET's own GZipStream takes a file that was cut off, or whose checksum is wrong, for a whole one.</summary>
    public static StreamReader Open(string path)
    {
        var file = File.OpenRead(path);
        return new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || IsZipped(file) ? new GZipInputStream(file) : file, Strict);
    }

    // A name may have lost its `.gz` on the way. What is a pipe cannot be looked into without taking from it.
    static bool IsZipped(FileStream file)
    {
        if (!file.CanSeek)
            return false;
        var zipped = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        return zipped;
    }

    /// <summary>Whether an error says that a table cannot be read, rather than that this program is wrong.</summary>
    public static bool IsUnreadable(Exception e) => e is IOException or InvalidDataException or UnauthorizedAccessException or SharpZipBaseException or DecoderFallbackException;

    /// <summary>What is wrong with it, and the way out where there is one.</summary>
    public static string Why(Exception e) => e is DecoderFallbackException ? "it is not UTF-8; save it as `CSV UTF-8`." : e.Message;

    /// <summary>What Excel's first line <c>sep=;</c> says separates the fields; null where a line is none of these.</summary>
    public static char? SaidSeparator(string line) =>
        line.Trim(' ').Trim('"') is [_, _, _, '=', var separator] said && said.StartsWith("sep", StringComparison.OrdinalIgnoreCase) ? separator : null;

    /// <summary>What separates the fields of a table by its header: a comma, where there is one that no quotes enclose.</summary>
    public static char SeparatorOf(string header)
    {
        var bare = string.Concat(header.Split('"').Where((_, i) => i % 2 == 0));
        return !bare.Contains(',') && bare.AsSpan().IndexOfAny('\t', ';') is >= 0 and var at ? bare[at] : ',';
    }

    /// <summary>
    /// One record, of which the first line was read; a quoted field may hold separators, doubled quotes and line ends. Null when a quote is not closed, or not where
    /// its field ends: what follows would be taken for part of it, rows and all.
    /// </summary>
    static string[]? Record(string line, TextReader reader, char separator)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var (quoted, closed) = (false, false);
        for (var i = 0; ; i++)
        {
            if (i >= line.Length)
            {
                if (!quoted)
                    break;
                if (reader.ReadLine() is not { } more)
                    return null;
                field.Append('\n');
                (line, i) = (more, -1);
                continue;
            }
            var c = line[i];
            if (quoted && c == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (quoted && c == '"')
                (quoted, closed) = (false, true);
            else if (c == '"' && !closed && string.IsNullOrWhiteSpace(field.ToString()))
            {
                field.Clear();
                quoted = true;
            }
            else if (c == separator && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
                closed = false;
            }
            else if (!closed)
                field.Append(c);
            else if (!char.IsWhiteSpace(c))
                return null;
        }
        fields.Add(field.ToString());
        return [.. fields];
    }
}
