using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Commands;

/// <summary>The slides that a command line names.</summary>
static class SlideList
{
    /// <summary>Files as they are named, folders by the slides in them, in order of their names.</summary>
    /// <exception cref="InputException"><c>no-slides</c>, <c>slide-name-twice</c>.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var slides = new List<string>();
        foreach (var path in paths)
            if (!Directory.Exists(path))
                slides.Add(path); // also when it is missing: opening it says so
            else
            {
                var inside = Directory.EnumerateFiles(path).Where(file => SlideFile.Extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal).ToList();
                if (inside.Count == 0)
                    throw new InputException("no-slides", $"The folder '{path}' holds no slides (looked for {string.Join(" ", SlideFile.Extensions)}); name the files themselves.");
                slides.AddRange(inside);
            }
        var twice = slides.GroupBy(SlideFile.IdOf).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new InputException("slide-name-twice",
                $"{string.Join(" and ", twice.Select(path => $"'{path}'"))} would both become '{twice.Key}'; rename one, since outputs and label tables know slides by their name.");
        return slides;
    }

    /// <summary>Does work for each slide; one bad slide does not stop the rest. A single one fails by itself.</summary>
    /// <returns>0, or 2 when a slide failed; the reasons were said.</returns>
    public static int ForEach(IReadOnlyList<string> slides, Action<string> work)
    {
        if (slides.Count == 1)
        {
            work(slides[0]);
            return CommandLine.Ok;
        }
        var failed = 0;
        foreach (var slide in slides)
            try
            {
                work(slide);
            }
            catch (InputException e)
            {
                failed++;
                Console.Error.WriteLine($"mhim: {e.Message}");
            }
        if (failed > 0)
            Console.Error.WriteLine($"mhim: {failed} of {slides.Count} slides failed; the reasons stand above.");
        return failed > 0 ? CommandLine.BadInput : CommandLine.Ok;
    }
}
