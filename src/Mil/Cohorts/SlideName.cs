namespace Mhim.Mil.Cohorts;

/// <summary>From a file name in a table to the exact slide id.</summary>
public static class SlideName
{
    static readonly string[] Extensions =
    [
        ".svs", ".ome.tiff", ".ome.tif", ".tiff", ".tif", ".ndpi", ".mrxs", ".scn", ".vms", ".vmu", ".bif", ".svslide", ".dcm", ".czi",
        ".isyntax", ".qptiff", ".h5", ".hdf5", ".pt", ".pth", ".safetensors", ".npy", ".zarr",
    ];

    /// <summary>
    /// Takes away the folder and one known slide or feature extension, nothing else: in <c>TCGA-2F-A9KO-01Z-00-DX1.195576CF.svs</c> only
    /// <c>.svs</c> goes. Two ids are the same slide when they are then equal letter for letter.
    /// </summary>
    public static string Of(string nameInTable)
    {
        var name = nameInTable.Trim();
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var extension = Array.Find(Extensions, e => name.Length > e.Length && name.EndsWith(e, StringComparison.OrdinalIgnoreCase));
        return extension is null ? name : name[..^extension.Length];
    }

    /// <summary>What a name may be the id of, from the name as it was written to <see cref="Of"/>: folders go one by one, each time first with its extension.</summary>
    internal static IEnumerable<string> Candidates(string nameInTable)
    {
        var parts = nameInTable.Trim().Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var from = 0; from < parts.Length; from++)
        {
            var name = string.Join('/', parts[from..]);
            yield return name;
            if (Of(name) is var stem && stem != parts[^1])
                yield return name[..^parts[^1].Length] + stem;
        }
    }
}
