using System.Globalization;
using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Pipeline;

/// <summary>
/// Resolutions of single slides, as a CSV with the columns <c>wsi</c> and <c>mpp</c> (TRIDENT's list of slides): <c>wsi</c> is a file name, a path below
/// the folder, or a slide id, matched exactly; a row without a number says nothing.
/// </summary>
public sealed class MppTable
{
    readonly string path;
    readonly Dictionary<string, double> rows;
    readonly HashSet<string> used = [];

    MppTable(string path, Dictionary<string, double> rows) => (this.path, this.rows) = (path, rows);

    /// <summary>Reads a table.</summary>
    /// <exception cref="InputException"><c>mpp-table</c>: missing, without the columns, a value that is no resolution, a slide with two values.</exception>
    public static MppTable Read(string path)
    {
        static InputException Refuse(string sentence) => new("mpp-table", sentence);
        if (!File.Exists(path))
            throw Refuse($"There is no file '{path}'; --mpp-table takes a CSV with the columns wsi,mpp.");
        var lines = File.ReadAllLines(path);
        var header = Cells(lines.FirstOrDefault() ?? "").Select(name => name.ToLowerInvariant()).ToList();
        var (wsi, mpp) = (header.IndexOf("wsi"), header.IndexOf("mpp"));
        if (wsi < 0 || mpp < 0)
            throw Refuse($"'{path}' has no columns 'wsi' and 'mpp' in its first line; write for example: wsi,mpp");
        var rows = new Dictionary<string, double>(StringComparer.Ordinal);
        for (int line = 1; line < lines.Length; line++)
        {
            var cells = Cells(lines[line]);
            if (cells.Count <= Math.Max(wsi, mpp) || cells[mpp].Length == 0 || cells[wsi].Length == 0)
                continue;
            if (!double.TryParse(cells[mpp], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value is not (> 0 and < 1000))
                throw Refuse($"'{path}', line {line + 1}: '{cells[mpp]}' is no resolution; a number of µm per pixel is wanted, for example 0.25.");
            var name = cells[wsi].Replace('\\', '/');
            if (rows.TryGetValue(name, out var before) && before != value)
                throw Refuse($"'{path}' gives '{name}' twice, with {before} and {value} µm per pixel; leave one.");
            rows[name] = value;
        }
        return new MppTable(path, rows);
    }

    /// <summary>What the table says of a slide: by its path below the folder, its file name, or its id; null when it says nothing.</summary>
    /// <param name="file">The slide's file.</param>
    public double? Find(string file)
    {
        var parts = Path.GetFullPath(file).Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        // The longest piece of the path that is in the table: a/x.svs before x.svs.
        var names = Enumerable.Range(0, parts.Length).Select(from => string.Join('/', parts[from..]))
            .SelectMany(name => (string[])[name, Path.ChangeExtension(name, null)]);
        if (names.Prepend(Path.GetFullPath(file)).FirstOrDefault(rows.ContainsKey) is not { } found)
            return null;
        lock (used)
            used.Add(found);
        return rows[found];
    }

    /// <summary>What the table says of the slide with this id, whose file need not be there; null when it says nothing.</summary>
    /// <param name="id">Its id: the name of its file without extension, with folders (<c>a/x</c>) where it has them.</param>
    public double? FindId(string id)
    {
        // The longest piece of the id that is in the table: a/x before x; last a row that says more folders than the id does.
        var pieces = id.Split('/');
        var found = Enumerable.Range(0, pieces.Length).Select(from => string.Join('/', pieces[from..]))
            .Select(piece => rows.Keys.FirstOrDefault(name => name == piece || Path.ChangeExtension(name, null) == piece)).FirstOrDefault(name => name is not null)
            ?? rows.Keys.FirstOrDefault(name => SlideFile.IdOf(name) == id);
        if (found is null)
            return null;
        lock (used)
            used.Add(found);
        return rows[found];
    }

    /// <summary>A sentence about rows that no slide was found for so far; null when there are none.</summary>
    public string? Unused()
    {
        var left = rows.Keys.Where(name => !used.Contains(name)).ToList();
        return left.Count == 0 ? null : $"{left.Count} of the {rows.Count} rows of '{path}' name no slide here, for example '{left[0]}'.";
    }

    static List<string> Cells(string line) => [.. line.TrimStart('\uFEFF').Split(',').Select(cell => cell.Trim().Trim('"').Trim())];
}
