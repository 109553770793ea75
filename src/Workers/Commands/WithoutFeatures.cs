using Mhim.Features;

namespace Mhim.Workers.Commands;

/// <summary>Why none of a table's slides has features: both sides are shown, as only whoever made them sees where the names part.</summary>
static class WithoutFeatures
{
    /// <summary>The refusal.</summary>
    /// <param name="slides">The table's slides, of which none has a file.</param>
    /// <param name="folder">Where files were looked for, as the user named it.</param>
    /// <param name="files">The feature files there, by slide id.</param>
    public static InputException Of(IReadOnlyList<string> slides, string folder, IReadOnlyList<(string SlideId, string Path)> files)
    {
        if (files.Count == 0)
            return new("features-missing", $"`{folder}` holds no feature files (SLIDE.h5 or SLIDE.pt); extract the slides' features into it, or name the folder that holds them.");
        var byCase = files.GroupBy(file => file.SlideId, StringComparer.OrdinalIgnoreCase).ToDictionary(alike => alike.Key, alike => alike.First(), StringComparer.OrdinalIgnoreCase);
        var near = slides.FirstOrDefault(byCase.ContainsKey);
        var file = near is null ? files[0] : byCase[near];
        var held = $"`{file.SlideId}{Path.GetExtension(file.Path)}`";
        return new("features-missing", $"None of the table's slides has features: the table names `{near ?? slides[0]}`, {(File.Exists(folder) ? $"the file is {held}" : $"`{folder}` holds {held}")}"
            + (near is null ? ". Name files by the table's exact slide ids." : ". They differ only in case; spell them the same way."));
    }
}
