using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mhim.Features;
using Mhim.Mil.Training;

namespace Mhim.Mil.Cohorts;

/// <summary>A bag table: every bag with its instances, and the cohort of their labels.</summary>
/// <param name="Bags">Bags with a label, without coordinates; slide id is the bag id, encoder id <c>table:</c> and the file's name, the encoder's SHA-256 that of the names of
/// the columns.</param>
/// <param name="Cohort">One row per bag with a label; every bag is a patient of its own.</param>
public sealed record BagTable(IReadOnlyList<FeatureBag> Bags, Cohort Cohort);

/// <summary>
/// Reads <c>bag_id,bag_label,f0,f1,…</c>: one instance a row, the form of the classic MIL benchmarks (musk, elephant, tiger). Rows of a bag need
/// not be neighbours.
/// </summary>
public static class BagTableReader
{
    /// <summary>How the encoder id of a bag table begins; its file's name follows.</summary>
    public const string Encoder = "table:";

    /// <summary>Whether the first line of a file is that of a bag table.</summary>
    public static bool Recognises(string path)
    {
        try
        {
            using var reader = CsvTable.Open(path);
            return Header(reader).Names is [_, _, _, ..];
        }
        catch (Exception e) when (CsvTable.IsUnreadable(e))
        {
            return false;
        }
    }

    /// <summary>Reads a table, gzipped or not.</summary>
    /// <param name="path">The table.</param>
    /// <returns>Bags in the order of their first row; [N, D] float32 each.</returns>
    /// <exception cref="InputException"><c>bags-missing</c>, <c>bags-unreadable</c> with the line, <c>cohort-contradiction</c> when a bag has two labels,
    /// <c>cohort-one-class</c>.</exception>
    public static BagTable Read(string path) => Opened(path, (reader, name) => Labelled(Bags(reader, name), name));

    /// <summary>Reads the bags of a table alone, to predict for them: labels need not be there, nor be of two classes.</summary>
    /// <param name="path">The table.</param>
    /// <param name="kind">What the model was trained on: its encoder id is what the bags are said to be features of, as a table's file name says nothing.</param>
    /// <exception cref="InputException">As <see cref="Read"/>, without <c>cohort-one-class</c>; <c>dim-mismatch</c>, <c>bags-mismatch</c> when the columns are not those that
    /// the model was trained on.</exception>
    public static IReadOnlyList<FeatureBag> ReadBags(string path, FeatureKind kind) => Opened(path, (reader, name) =>
    {
        var bags = Bags(reader, name, columns =>
        {
            if (columns.Dim != kind.Dim)
                throw new InputException("dim-mismatch", $"`{name}` has {Few.Count(columns.Dim, "feature", "features")}, the model was trained on {kind.Dim}.");
            if (kind.EncoderSha256 is { } trained && columns.Sha256 != trained)
                throw new InputException("bags-mismatch", $"The features of `{name}` are called otherwise, or stand in another order, than those that the model was trained on. Give it the columns of that table in their order.");
        });
        return bags.ConvertAll(bag => Of(bag, kind.EncoderId));
    });

    static T Opened<T>(string path, Func<TextReader, string, T> read)
    {
        if (!File.Exists(path))
            throw new InputException("bags-missing", $"There is no bag table at `{path}`.");
        var name = Path.GetFileName(path);
        try
        {
            using var reader = CsvTable.Open(path);
            return read(reader, name);
        }
        catch (Exception e) when (CsvTable.IsUnreadable(e))
        {
            throw new InputException("bags-unreadable", $"`{name}` cannot be read: {CsvTable.Why(e)}", e);
        }
    }

    static FeatureBag Of(Building bag, string encoderId) =>
        new(bag.Id, encoderId, bag.Columns.Dim, bag.Values.WrittenSpan.ToArray(), [], null) { EncoderSha256 = bag.Columns.Sha256 };

    static List<Building> Bags(TextReader reader, string name, Action<Columns>? check = null)
    {
        var (first, header, separator, lines) = Header(reader);
        if (header.Length == 0)
            throw new InputException("bags-unreadable", first.Length == 0 ? $"`{name}` is empty." : $"`{name}` does not begin with `bag_id,bag_label,f0,…`, but with `{Start(first)}`.");
        var columns = new Columns(header[2..]);
        check?.Invoke(columns);
        var bags = new Dictionary<string, Building>(StringComparer.Ordinal);
        var order = new List<Building>();
        var row = new float[columns.Dim];
        for (var number = lines + 1; reader.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            var (id, word) = Parse(line, separator, row, name, number);
            var label = Missing.Is(word) ? "" : ClassRows.Canonical(word);
            if (!bags.TryGetValue(id, out var bag))
                order.Add(bags[id] = bag = new Building(id, label, word, columns));
            if (bag.Label != label)
                throw new InputException("cohort-contradiction", $"`{name}`: bag `{id}` has the labels {Said(bag.Label)} and {Said(label)} (line {number}).");
            bag.Values.Write(row);
        }
        return order.Count > 0 ? order : throw new InputException("bags-unreadable", $"`{name}` holds no bags.");
    }

    /// <summary>The header as it stands and its names, none where it is not a bag table's; what separates fields; how many lines it takes.</summary>
    static (string Line, string[] Names, char Separator, int Lines) Header(TextReader reader)
    {
        var line = reader.ReadLine() ?? "";
        var said = CsvTable.SaidSeparator(line);
        if (said is not null)
            line = reader.ReadLine() ?? "";
        var separator = said ?? CsvTable.SeparatorOf(line);
        var names = line.Replace("\"", "").Split(separator, StringSplitOptions.TrimEntries);
        var known = names.Length >= 3 && names[0].Equals("bag_id", StringComparison.OrdinalIgnoreCase) && names[1].Equals("bag_label", StringComparison.OrdinalIgnoreCase);
        return (line, known ? names : [], separator, said is null ? 1 : 2);
    }

    static string Start(string line) => line.Length <= 60 ? line : line[..60] + "…";

    static BagTable Labelled(List<Building> order, string name)
    {
        // As in label tables: what has no label cannot be learned from.
        var unlabelled = order.FindAll(bag => bag.Label.Length == 0);
        // Classes of a bag table cannot be named.
        var doubt = DroppedLabels.Doubt(unlabelled.Select(bag => bag.Word), null, "bags") is { } sentence ? " " + sentence : "";
        order.RemoveAll(bag => bag.Label.Length == 0);
        List<string> warnings = unlabelled.Count == 0 ? [] : [$"{Few.Count(unlabelled.Count, "bag without a label was", "bags without a label were")} left out: {Few.Of(unlabelled.Select(bag => bag.Id))}.{doubt}"];

        var features = order.ConvertAll(bag => Of(bag, Encoder + name.Split('.')[0]));
        var labels = order.Select(bag => bag.Label).Distinct().ToArray();
        if (labels.Length < 2)
            throw new InputException("cohort-one-class", $"`{name}` holds {(labels is [var only] ? $"only the label `{only}`" : "no label")}; telling classes apart needs two.{doubt}");
        string[] classes = labels.All(label => SlideEntry.Number(label) is not null)
            ? [.. labels.OrderBy(label => SlideEntry.Number(label))] : [.. labels.Order(StringComparer.Ordinal)];
        var rows = order.ConvertAll(bag => new CohortRow(bag.Id, bag.Id, [bag.Id], Array.IndexOf(classes, bag.Label)));
        return new BagTable(features, new Cohort(CohortTask.Classification, classes, rows,
            [$"Read as a bag table: {features.Sum(bag => bag.Count)} instances of {features.FirstOrDefault()?.Dim} features; every bag counts as a patient of its own."], warnings));
    }

    /// <summary>The features' columns, and what their names and order come to.</summary>
    sealed class Columns(string[] names)
    {
        public int Dim { get; } = names.Length;

        public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(',', names.Select(name => name.Trim().ToLowerInvariant())))));
    }

    /// <summary>A bag whose instances are being read: its label, empty where there is none, and the word that was read as that.</summary>
    sealed record Building(string Id, string Label, string Word, Columns Columns)
    {
        public ArrayBufferWriter<float> Values { get; } = new();
    }

    static (string Id, string Label) Parse(ReadOnlySpan<char> line, char separator, float[] row, string name, int number)
    {
        string id = "", label = "";
        var field = 0;
        foreach (var range in line.Split(separator))
        {
            var text = line[range].Trim().Trim('"');
            if (field == 0)
                id = text.ToString();
            else if (field == 1)
                label = text.ToString();
            else if (field - 2 >= row.Length)
                throw Bad(name, number, $"has more than {row.Length} features");
            else if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out row[field - 2])
                && !float.TryParse(CsvTable.DecimalComma(text.ToString(), separator), NumberStyles.Float, CultureInfo.InvariantCulture, out row[field - 2]) || !float.IsFinite(row[field - 2]))
                throw Bad(name, number, $"holds `{text}` where a number is expected");
            field++;
        }
        if (field - 2 != row.Length)
            throw Bad(name, number, $"has {Math.Max(0, field - 2)} of {row.Length} features");
        return Missing.Is(id) ? throw Bad(name, number, "names no bag") : (id, label);
    }

    static string Said(string label) => label.Length > 0 ? label : "none";

    static InputException Bad(string name, int number, string what) => new("bags-unreadable", $"`{name}`: line {number} {what}.");
}
