using System.Text.Json;

namespace Mhim.Api.Hosting;

/// <summary>A value of an enum in a query, written as JSON has it: <c>needs-mpp</c>.</summary>
/// <typeparam name="T">The enum.</typeparam>
/// <param name="Value">The value.</param>
readonly record struct Word<T>(T Value) where T : struct, Enum
{
    static readonly Dictionary<string, T> Known = Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>Every word.</summary>
    public static IEnumerable<string> All => Known.Keys;

    /// <summary>Reads a word.</summary>
    public static bool TryParse(string? text, out Word<T> word)
    {
        var found = Known.TryGetValue(text ?? "", out var value);
        word = new Word<T>(value);
        return found;
    }
}
