using System.Text.Json;
using Mhim.Mil.Checkpoints;

namespace Mhim.Mil.Training;

/// <summary>In which settings two runs differ, in words: <c>training.learningRate 0.0002 → 0.001</c>.</summary>
internal static class SettingDifferences
{
    const int Named = 4;

    /// <summary>The first few differences, or an empty text.</summary>
    /// <param name="before">Options as JSON, as the run folder has them.</param>
    /// <param name="now">The options of this run.</param>
    public static string Words(JsonElement before, RunOptions now)
    {
        var found = new List<string>();
        Compare("", before, JsonSerializer.Deserialize<JsonElement>(MilJson.Text(now)), found);
        return string.Join(", ", found.Take(Named)) + (found.Count > Named ? $" and {found.Count - Named} more" : "");
    }

    static void Compare(string path, JsonElement before, JsonElement now, List<string> found)
    {
        if (before.ValueKind == JsonValueKind.Object && now.ValueKind == JsonValueKind.Object)
            foreach (var name in now.EnumerateObject().Select(p => p.Name).Union(before.EnumerateObject().Select(p => p.Name)))
                Compare(path.Length == 0 ? name : $"{path}.{name}", Member(before, name), Member(now, name), found);
        else if (before.GetRawText() != now.GetRawText())
            found.Add($"{path} {Short(before)} → {Short(now)}");
    }

    static readonly JsonElement Null = JsonSerializer.Deserialize<JsonElement>("null");

    // A setting that a version did not have yet is as good as one that is not set.
    static JsonElement Member(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value : Null;

    static string Short(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "none",
        JsonValueKind.Object or JsonValueKind.Array => "set",
        _ => value.ToString(),
    };
}
