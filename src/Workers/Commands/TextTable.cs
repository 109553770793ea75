namespace Mhim.Workers.Commands;

/// <summary>A table in plain columns, the same on a terminal and in a pipe.</summary>
public static class TextTable
{
    /// <summary>Prints to standard output; numbers (cells that begin with a digit) stand right.</summary>
    /// <param name="header">Column names.</param>
    /// <param name="rows">Rows of as many cells.</param>
    public static void Print(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.Prepend(header).ToList();
        var widths = Enumerable.Range(0, header.Count).Select(column => all.Max(row => row[column].Length)).ToArray();
        var right = Enumerable.Range(0, header.Count)
            .Select(column => all.Skip(1).All(row => row[column].Length == 0 || char.IsAsciiDigit(row[column][0]))).ToArray();
        foreach (var row in all)
            Console.Out.WriteLine(string.Join("  ", row.Select((cell, column) =>
                right[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }
}
