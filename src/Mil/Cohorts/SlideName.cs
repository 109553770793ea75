namespace Mhim.Mil.Cohorts;

/// <summary>From a file name in a table to the exact slide id.</summary>
public static class SlideName
{
    static readonly string[] Extensions =
    [
        ".svs", ".tiff", ".tif", ".ndpi", ".mrxs", ".scn", ".vms", ".vmu", ".bif", ".svslide", ".dcm", ".czi",
        ".isyntax", ".qptiff", ".h5", ".hdf5", ".pt", ".pth", ".safetensors", ".npy", ".zarr",
    ];

    // Two in one: a file is called after it without the last of them, as by most tools, or by some without both.
    static readonly string[] Doubles = [".ome.tiff", ".ome.tif"];

    /// <summary>
    /// Takes away the folder and one known slide or feature extension, nothing else: in <c>TCGA-2F-A9KO-01Z-00-DX1.195576CF.svs</c> only
    /// <c>.svs</c> goes, in <c>S1.ome.tif</c> only <c>.tif</c>. Two ids are the same slide when they are then equal letter for letter.
    /// </summary>
    public static string Of(string nameInTable) => Without(Extensions, FileOf(nameInTable));

    /// <summary><see cref="Of"/>, but of <c>S1.ome.tif</c> it is <c>S1</c>: the least that a slide may be called.</summary>
    internal static string Shortest(string nameInTable) =>
        FileOf(nameInTable) is var name && Without(Doubles, name) is var least && least != name ? least : Without(Extensions, name);

    /// <summary>What a name may be the id of, from the name as it was written to <see cref="Shortest"/>: folders go one by one, each time first with its extension.</summary>
    internal static IEnumerable<string> Candidates(string nameInTable)
    {
        var parts = nameInTable.Trim().Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var from = 0; from < parts.Length; from++)
        {
            var name = string.Join('/', parts[from..]);
            foreach (var end in new[] { parts[^1], Of(name), Shortest(name) }.Distinct())
                yield return name[..^parts[^1].Length] + end;
        }
    }

    static string FileOf(string nameInTable)
    {
        var name = nameInTable.Trim();
        return name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
    }

    static string Without(string[] extensions, string name) =>
        Array.Find(extensions, e => name.Length > e.Length && name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } extension ? name[..^extension.Length] : name;
}
