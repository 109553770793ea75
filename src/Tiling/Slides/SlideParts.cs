namespace Mhim.Tiling.Slides;

/// <summary>A file of a slide.</summary>
/// <param name="Name">What it is called among the slide's files, whatever its owner calls the slide.</param>
/// <param name="Path">Where it lies.</param>
public sealed record SlidePart(string Name, string Path);

/// <summary>The files that make one slide: of most formats one, of MIRAX, DICOM and Hamamatsu's VMS and VMU several.</summary>
public static class SlideParts
{
    /// <summary>Finds them. Their names are those under which a service keeps the files of a zip.</summary>
    /// <param name="path">The file that slide readers open.</param>
    /// <returns>At least that file; the one to open first.</returns>
    public static IReadOnlyList<SlidePart> Of(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".mrxs" => Mirax(path),
        ".dcm" => [.. DicomSeries.FilesOf(path).Select((file, i) => new SlidePart(DicomName(i), file))],
        ".vms" or ".vmu" => Hamamatsu(path),
        var extension => [new SlidePart("slide" + extension, path)],
    };

    /// <summary>The name of a file of a DICOM series.</summary>
    /// <param name="index">From 0, in the order of <see cref="DicomSeries.FilesOf"/>.</param>
    public static string DicomName(int index) => $"slide-{index:0000}.dcm";

    static IReadOnlyList<SlidePart> Mirax(string path)
    {
        var folder = Path.ChangeExtension(path, null);
        return [new SlidePart("slide.mrxs", path), .. !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, "*", new EnumerationOptions())
            .Order(StringComparer.Ordinal).Select(file => new SlidePart("slide/" + Path.GetFileName(file), file))];
    }

    // An ini file that names its images: ImageFile, ImageFile(1,0), MapFile, OptimisationFile, MacroImage.
    static List<SlidePart> Hamamatsu(string path)
    {
        var parts = new List<SlidePart> { new("slide" + Path.GetExtension(path).ToLowerInvariant(), path) };
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var line in File.ReadLines(path).Take(100_000))
            if (line.IndexOf('=') is > 0 and var at && line[..at].Trim() is var key && (key.StartsWith("ImageFile", StringComparison.Ordinal) || key is "MapFile" or "OptimisationFile" or "MacroImage")
                && Path.GetFileName(line[(at + 1)..].Trim()) is { Length: > 0 } name && Path.Combine(folder, name) is var file && File.Exists(file) && !parts.Exists(part => part.Path == file))
                parts.Add(new SlidePart(name, file));
        return parts;
    }
}
