namespace Mhim.Features.Files;

/// <summary>A folder of feature files, one a slide, named by the slide's exact id. CLAM's <c>h5_files</c> and <c>pt_files</c> inside are looked into.</summary>
public static class FeatureFolder
{
    // In this order: an HDF5 file says more than a tensor.
    static readonly (string Sub, string Extension)[] Places =
        [("", ".h5"), ("", ".hdf5"), ("h5_files", ".h5"), ("", ".pt"), ("pt_files", ".pt"), ("", ".pth")];

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
}
