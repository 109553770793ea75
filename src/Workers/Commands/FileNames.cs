using Mhim.Features;

namespace Mhim.Workers.Commands;

/// <summary>File names for ids that may hold what a file name cannot; no two ids share one.</summary>
static class FileNames
{
    /// <summary>An id that is a file name as it stands keeps it; one that is like it only once its other letters are replaced gets a number behind.</summary>
    /// <param name="ids">All of them, different.</param>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyCollection<string> ids)
    {
        var names = ids.Where(id => Safe(id) == id).ToDictionary(id => id, id => id, StringComparer.Ordinal);
        var taken = names.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var id in ids.Where(id => !names.ContainsKey(id)))
        {
            var name = Safe(id);
            for (var number = 2; !taken.Add(name); number++)
                name = $"{Safe(id)}-{number}";
            names[id] = name;
        }
        return names;
    }

    /// <summary>Says which file is whose where an id alone does not tell it.</summary>
    public static void Tell(IReadOnlyDictionary<string, string> names)
    {
        var numbered = names.Where(pair => pair.Value != Safe(pair.Key)).Select(pair => $"`{pair.Key}` is {pair.Value}").ToList();
        if (numbered.Count > 0)
            Screen.Say($"Ids that are alike as file names: {Few.Of(numbered)}.");
    }

    static string Safe(string id) => string.Concat(id.Select(c => c is '/' or '\\' || Path.GetInvalidFileNameChars().Contains(c) ? '_' : c));
}
