using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Mil.Checkpoints;

/// <summary>How this project writes JSON: camel case, words for enums, NaN as a word, indented.</summary>
internal static class MilJson
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
    };

    public static string Text<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Parse<T>(string text) => JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("empty");

    public static void Write<T>(string path, T value) => AtomicFile.WriteAllText(path, Text(value) + "\n");

    /// <exception cref="InputException">With the code given when the file is missing or not what it should be.</exception>
    public static T Read<T>(string path, string code)
    {
        try
        {
            return Parse<T>(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new InputException(code, $"{path} cannot be read: {e.Message}", e);
        }
    }
}
