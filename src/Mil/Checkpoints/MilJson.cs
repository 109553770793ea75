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

    /// <summary>What an earlier attempt at a run wrote, and would write again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isWhole">Whether all is there that it was written with.</param>
    /// <param name="then">What happens once it is removed.</param>
    /// <exception cref="InputException"><c>run-unreadable</c>, which says to remove it.</exception>
    public static T ReadBack<T>(string path, Predicate<T> isWhole, string then)
    {
        try
        {
            if (Parse<T>(File.ReadAllText(path)) is var read && isWhole(read))
                return read;
            throw new JsonException("it lacks what it was written with.");
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new InputException("run-unreadable", $"{path} cannot be read: {e.Message} Remove it, and {then}.", e);
        }
    }
}
