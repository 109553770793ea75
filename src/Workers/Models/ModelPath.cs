using System.Text.Json;
using Mhim.Features;

namespace Mhim.Workers.Models;

/// <summary>Finds the model that a path means.</summary>
public static class ModelPath
{
    /// <summary>A model folder is meant itself; a run's folder means the model that the run names as its best.</summary>
    /// <exception cref="InputException"><c>model-missing</c>.</exception>
    public static string Find(string path)
    {
        if (File.Exists(Path.Combine(path, "card.json")))
            return path;
        var run = Path.Combine(path, "run.json");
        if (File.Exists(run))
        {
            try
            {
                using var document = JsonDocument.Parse(File.ReadAllBytes(run));
                if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.EnumerateObject().FirstOrDefault(p => p.Name.Equals("bestModel", StringComparison.OrdinalIgnoreCase)).Value
                    is { ValueKind: JsonValueKind.String } best)
                    return Path.Combine(path, best.GetString()!);
            }
            catch (JsonException e)
            {
                throw new InputException("model-missing", $"'{run}' is not readable as a run; name the model folder itself (model.safetensors, config.json, card.json).", e);
            }
        }
        if (Directory.Exists(path) && Directory.EnumerateDirectories(path, "seed-*").Order().FirstOrDefault() is { } seed)
            throw new InputException("model-missing", $"'{path}' holds a run of several seeds; name one of them, such as '{seed}'.");
        throw new InputException("model-missing",
            $"There is no model in '{path}'; a model folder holds model.safetensors, config.json and card.json, as mhim train writes them.");
    }
}
