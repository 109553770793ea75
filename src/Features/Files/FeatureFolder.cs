namespace Mhim.Features.Files;

/// <summary>
/// A folder of feature files, one a slide, named by the slide's exact id; those in subfolders have it in their id (<c>a/x</c>), as a run over many slides names them. CLAM's <c>h5_files</c> and <c>pt_files</c> inside are looked into, and so are the
/// folders of a TRIDENT job: <c>features_ENCODER</c>, and <c>20x_256px_0px_overlap/features_ENCODER</c> (<see cref="Resolve"/>).
/// </summary>
public static class FeatureFolder
{
    // In this order: an HDF5 file says more than a tensor.
    static readonly (string Sub, string Extension)[] Places =
        [("", ".h5"), ("", ".hdf5"), ("h5_files", ".h5"), ("", ".pt"), ("pt_files", ".pt"), ("", ".pth")];

    const string SetPrefix = "features_";

    // Below the folder these hold the same slides in another layout, or no features.
    static readonly string[] Layouts = ["h5_files", "pt_files", "patches"];

    /// <summary>The folder that holds the files: itself, or the one set of features in the folder of a TRIDENT job.</summary>
    /// <param name="folder">The folder; one that does not exist is answered as it is.</param>
    /// <param name="encoderId">Of several sets, that of this encoder; null: nobody said.</param>
    /// <exception cref="InputException"><c>features-open</c>: there are several sets, and it is not said which is wanted.</exception>
    public static string Resolve(string folder, string? encoderId = null)
    {
        if (!Directory.Exists(folder) || InItself(folder).Any())
            return folder;
        var sets = Sets(folder).Concat(Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).SelectMany(Sets)).ToList();
        var wanted = sets.Where(set => encoderId is null || Path.GetFileName(set) == SetPrefix + encoderId).ToList();
        return (wanted.Count, sets.Count) switch
        {
            (1, _) => wanted[0],
            (_, 0) => folder,
            (0, _) => throw new InputException("features-open",
                $"'{folder}' holds no features of `{encoderId}`, but {Names(folder, sets)}; name one of these folders, or its encoder with --encoder-id."),
            _ => throw new InputException("features-open",
                $"'{folder}' holds {wanted.Count} sets of features: {Names(folder, wanted)}; name one of these folders{(encoderId is null ? ", or its encoder with --encoder-id" : "")}."),
        };
    }

    /// <summary>The feature file of a slide, or null.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="slideId">Exact; a path that leads out of the folder is no id.</param>
    public static string? Find(string folder, string slideId) => Path.IsPathRooted(slideId) || slideId.Split('/', '\\').Contains("..") ? null
        : Places.Select(place => Path.Combine(folder, place.Sub, slideId + place.Extension)).FirstOrDefault(File.Exists);

    /// <summary>The slides that have a feature file, there or in a subfolder that is neither hidden nor of a layout, by their ids, with the file that <see cref="Find"/> takes.</summary>
    /// <param name="folder">The folder; it must exist.</param>
    public static IReadOnlyList<(string SlideId, string Path)> List(string folder) =>
        [.. InItself(folder).Select(file => (Id: Path.GetFileNameWithoutExtension(file), File: file)).Concat(Below(folder, ""))
            .GroupBy(file => file.Id).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (group.Key, group.First().File))];

    static IEnumerable<string> InItself(string folder) => Places.SelectMany(place => Files(folder, place));

    static IEnumerable<string> Files(string folder, (string Sub, string Extension) place) => !Directory.Exists(Path.Combine(folder, place.Sub)) ? []
        : Directory.EnumerateFiles(Path.Combine(folder, place.Sub))
            .Where(file => Path.GetExtension(file) == place.Extension && !file.Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal));

    static IEnumerable<(string Id, string File)> Below(string folder, string prefix) =>
        from sub in Directory.EnumerateDirectories(folder, "*", new EnumerationOptions()) // neither hidden ones nor those that may not be read
        let name = Path.GetFileName(sub)
        where !Layouts.Contains(name) && !name.StartsWith(SetPrefix, StringComparison.Ordinal)
        from found in Places.Where(place => place.Sub.Length == 0).SelectMany(place => Files(sub, place))
            .Select(file => (Id: prefix + name + "/" + Path.GetFileNameWithoutExtension(file), File: file)).Concat(Below(sub, prefix + name + "/"))
        select found;

    // An empty one is no set: a job makes its folders before its files.
    static IEnumerable<string> Sets(string folder) =>
        Directory.EnumerateDirectories(folder, SetPrefix + "*").Where(set => List(set).Count > 0).Order(StringComparer.Ordinal);

    static string Names(string folder, List<string> sets) =>
        string.Join(", ", sets.Take(6).Select(set => $"'{Path.GetRelativePath(folder, set).Replace('\\', '/')}'")) + (sets.Count > 6 ? ", ..." : "");
}
