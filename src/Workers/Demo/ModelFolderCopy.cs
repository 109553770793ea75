using Mhim.Features.Files;

namespace Mhim.Workers.Demo;

/// <summary>Copies a model folder to a place that is easy to name.</summary>
static class ModelFolderCopy
{
    /// <summary>Copies the model's three files; each appears whole or not at all.</summary>
    public static void Write(string modelDir, string target)
    {
        foreach (var name in (ReadOnlySpan<string>)["model.safetensors", "config.json", "card.json"])
            AtomicFile.Write(Path.Combine(target, name), temporary => File.Copy(Path.Combine(modelDir, name), temporary, overwrite: true));
    }
}
