namespace Mhim.Features.Files;

/// <summary>
/// A folder of feature files, one a slide, named by the slide's exact id. CLAM's <c>h5_files</c> and <c>pt_files</c> inside are looked into, and so are the
/// folders of a TRIDENT job: <c>features_ENCODER</c>, and <c>20x_256px_0px_overlap/features_ENCODER</c> (<see cref="Resolve"/>).
/// </summary>
public static class FeatureFolder
{
    // In this order: an HDF5 file says more than a tensor.
    static readonly (string Sub, string Extension)[] Places =
        [("", ".h5"), ("", ".hdf5"), ("h5_files", ".h5"), ("", ".pt"), ("pt_files", ".pt"), ("", ".pth")];

    const string SetPrefix = "features_";

    /// <summary>The folder that holds the files: itself, or the one set of features in the folder of a TRIDENT job.</summary>
    /// <param name="folder">The folder; one that does not exist is answered as it is.</param>
    /// <param name="encoderId">Of several sets, that of this encoder; null: nobody said.</param>
    /// <exception cref="InputException"><c>features-open</c>: there are several sets, and it is not said which is wanted.</exception>
    public static string Resolve(string folder, string? encoderId = null)
    {
        if (!Directory.Exists(folder) || List(folder).Count > 0)
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
    /// <param name="slideId">Exact.</param>
    public static string? Find(string folder, string slideId) =>
        Places.Select(place => Path.Combine(folder, place.Sub, slideId + place.Extension)).FirstOrDefault(File.Exists);

    /// <summary>The slides that have a feature file, by their ids, with the file that <see cref="Find"/> takes.</summary>
    /// <param name="folder">The folder; it must exist.</param>
    public static IReadOnlyList<(string SlideId, string Path)> List(string folder) =>
        [.. Places.Where(place => Directory.Exists(Path.Combine(folder, place.Sub)))
            .SelectMany(place => Directory.EnumerateFiles(Path.Combine(folder, place.Sub)).Where(file => Path.GetExtension(file) == place.Extension))
            .Where(file => !file.Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal))
            .GroupBy(file => Path.GetFileNameWithoutExtension(file)).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (group.Key, group.First()))];

    // An empty one is no set: a job makes its folders before its files.
    static IEnumerable<string> Sets(string folder) =>
        Directory.EnumerateDirectories(folder, SetPrefix + "*").Where(set => List(set).Count > 0).Order(StringComparer.Ordinal);

    static string Names(string folder, List<string> sets) =>
        string.Join(", ", sets.Take(6).Select(set => $"'{Path.GetRelativePath(folder, set).Replace('\\', '/')}'")) + (sets.Count > 6 ? ", ..." : "");
}
