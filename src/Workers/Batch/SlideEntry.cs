using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Batch;

/// <summary>A slide of a run over many.</summary>
/// <param name="Id">Its id: the file's name without extension, of a DICOM series of several files its folder's; with its folder (<c>a/x</c>) or extension where two slides would share it.</param>
/// <param name="Path">The file; of a series the largest.</param>
sealed record SlideEntry(string Id, string Path)
{
    /// <summary>A slide that is named alone, by whichever of its files: a DICOM series is called as in a run over its folder.</summary>
    public static SlideEntry Of(string path) => DicomSeries.IsNamed(path) && DicomSeries.FilesOf(path) is { Count: > 1 } series ? SlideList.Find(series).Slides.Single()
        : new SlideEntry(SlideFile.IdOf(path), path);
}

/// <summary>The slides that a command line names.</summary>
/// <param name="Slides">In order of naming, those of a folder in order of their paths.</param>
/// <param name="Note">A sentence about slides that share a name; null when none do.</param>
sealed record SlideList(IReadOnlyList<SlideEntry> Slides, string? Note)
{
    /// <param name="Path">The file.</param>
    /// <param name="Relative">Below the folder that was named.</param>
    /// <param name="Series">For a DICOM series of several files, the folder that it fills, by its name from the one that was named; null otherwise.</param>
    sealed record Found(string Path, string Relative, string? Series = null)
    {
        public string Name => Series is null ? SlideFile.IdOf(Path) : Series[(Series.LastIndexOf('/') + 1)..];

        public string WithFolder => Series ?? System.IO.Path.ChangeExtension(Relative, null);
    }

    /// <summary>Files as they are named, folders by the slides in them and in their subfolders.</summary>
    /// <exception cref="InputException"><c>no-slides</c>, <c>slide-name-twice</c>, <c>folder-unreadable</c>.</exception>
    public static SlideList Find(IEnumerable<string> paths)
    {
        var found = new List<Found>();
        foreach (var path in paths)
            if (!Directory.Exists(path))
                found.Add(new Found(path, Path.GetFileName(path))); // also when it is missing: opening it says so
            else
            {
                var inside = FilesIn(path).Where(file => SlideFile.Extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal).ToList();
                if (inside.Count == 0)
                    throw new InputException("no-slides", $"The folder '{path}' holds no slides (looked for {string.Join(" ", SlideFile.Extensions)}); name the files themselves.");
                found.AddRange(inside.Select(file => new Found(file, Path.GetRelativePath(path, file).Replace('\\', '/'))));
            }
        found = OneASeries([.. found.DistinctBy(file => Path.GetFullPath(file.Path))]);

        // The shortest name that no other slide has: x, a/x, a/x.svs. Every slide of a shared name gets the longer one, so that order does not matter.
        var ids = found.Select(file => file.Name).ToArray();
        var renamed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Func<Found, string> longer in (Func<Found, string>[])[file => file.WithFolder, file => file.Relative])
        {
            var shared = ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
            for (int i = 0; i < ids.Length; i++)
                if (shared.Contains(ids[i]))
                {
                    renamed.Remove(ids[i]);
                    renamed.Add(ids[i] = longer(found[i]));
                }
        }
        if (ids.GroupBy(id => id).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InputException("slide-name-twice",
                $"{string.Join(" and ", found.Where((_, i) => ids[i] == twice.Key).Select(file => $"'{file.Path}'"))} would both become '{twice.Key}'; name the folder above them, or rename one: outputs and label tables know slides by their name.");
        return new SlideList([.. found.Select((file, i) => new SlideEntry(ids[i], file.Path))],
            renamed.Count == 0 ? null : $"{renamed.Count} slides share their name with another and keep what tells them apart, in outputs and for label tables: {string.Join(", ", renamed.Take(6))}{(renamed.Count > 6 ? ", ..." : "")}.");
    }

    // Who is told that all slides are there believes it: a subfolder that may not be read is no empty one.
    static string[] FilesIn(string folder)
    {
        try
        {
            return Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false });
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException("folder-unreadable",
                $"{e.Message} Whoever runs mhim ({Environment.UserName}) may not read it, and slides in it would be left out; get the right to, or name the folders and files that shall be taken.", e);
        }
    }

    // OpenSlide takes a series' other files along: every one of them would be the same slide again.
    static List<Found> OneASeries(List<Found> found) =>
    [
        .. found.GroupBy(file => DicomSeries.IsNamed(file.Path) && DicomSeries.Of(file.Path) is { } series ? (Path.GetDirectoryName(Path.GetFullPath(file.Path)), series) : (Path.GetFullPath(file.Path), null))
            .Select(group => group.ToList() is [var alone] ? alone : Largest(group)),
    ];

    static Found Largest(IEnumerable<Found> series)
    {
        var main = series.OrderByDescending(file => new FileInfo(file.Path).Length).ThenBy(file => file.Relative, StringComparer.Ordinal).First();
        var folder = main.Relative.LastIndexOf('/') is >= 0 and var end ? main.Relative[..end] : Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(main.Path))!);
        return main with { Series = folder };
    }
}
