using Mhim.Features;

namespace Mhim.Workers.Commands;

/// <summary>What may lie where <c>--out</c> points, asked before any work.</summary>
static class OutFolder
{
    /// <summary>Refuses a file in the place of the folder, or of one that the folder would lie in.</summary>
    /// <exception cref="InputException"><c>out-in-use</c>.</exception>
    public static void RequireNoFile(string folder)
    {
        if (File.Exists(folder))
            throw new InputException("out-in-use", $"`{folder}` is a file; name a folder.");
        for (var above = Path.GetDirectoryName(Path.GetFullPath(folder)); above is not null && !Directory.Exists(above); above = Path.GetDirectoryName(above))
            if (File.Exists(above))
                throw new InputException("out-in-use", $"`{folder}` cannot be made: `{above}` is a file; name a folder.");
    }

    /// <summary>Whether a folder is one of a model, by which <c>predict --model</c> takes it for that model whatever else it holds.</summary>
    public static bool IsModel(string folder) => File.Exists(Path.Combine(folder, "card.json"));
}
