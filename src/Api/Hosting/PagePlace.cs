using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mhim.Api.Hosting;

/// <summary>The place behind the last item of a page, as <c>next</c> says it and <c>after</c> takes it: some words in a text that fits into an address.</summary>
static class PagePlace
{
    // Names in other scripts would become six letters for each of theirs; nobody shows these words in a page.
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As <c>next</c> says it.</summary>
    public static string Write(params string[] words) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(words, Plain));

    /// <summary>Reads what <see cref="Write"/> wrote; null for anything else.</summary>
    /// <param name="after">What a client sent.</param>
    /// <param name="longest">Letters that it may have at most.</param>
    public static string[]? Read(string after, int longest)
    {
        try
        {
            return after.Length <= longest && JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(after)) is { } words && Array.TrueForAll(words, word => word is not null) ? words : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
