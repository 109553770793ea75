using System.Text;
using System.Text.Json.Nodes;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>What a client should never send.</summary>
/// <param name="random">Decides everything.</param>
sealed class ApiFuzzValues(Random random)
{
    static readonly string[] Hostile =
    [
        "", " ", "0", "-1", "1e308", "1e999", "NaN", "Infinity", "-0", "99999999999999999999999999", "9223372036854775808", "2147483648", "0x10", "1,5", "true", "null", "{}", "[]",
        "../../secret.txt", "..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "/etc/passwd", "C:\\Windows\\win.ini", "..\\..\\secret.txt", "%00", "a\0b.svs", "file:///etc/passwd",
        "' OR 1=1 --", "'; DROP TABLE \"Slides\"; --", "${jndi:ldap://127.0.0.1/x}", "<script>alert(1)</script>", "{{7*7}}", "%s%n%x", "$(id)", "`id`", "a\r\nX-Injected: 1",
        "Ünïcödé", "☃", "👩‍🔬", "漢字", "עברית", "\u202Egnp.exe", "\uFEFF", "\u0001\u0002", "\u0130\u0131", "e\u0301", "CON", "nul.svs", ".", "..", "...", ".hidden", "~", "-rf", "*", "a/b", "incoming",
    ];

    /// <summary>Ids that bodies may name: of what is there.</summary>
    public IReadOnlyList<string> Known { get; set; } = [];

    public int Next(int most) => random.Next(most);

    public bool Chance(double share) => random.NextDouble() < share;

    public T Of<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

    /// <summary>A text that is not what is expected, sometimes very long.</summary>
    public string Text() => random.Next(14) switch
    {
        0 => new string('A', 1 << random.Next(6, 14)),
        1 => string.Concat(Enumerable.Repeat("../", random.Next(1, 40))) + "secret.txt",
        2 => Guid.NewGuid().ToString().Replace('-', 'z'),
        3 => new string([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => (char)random.Next(1, 0xD800))]),
        _ => Of(Hostile),
    };

    public string Id() => new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256))]).ToString();

    /// <summary>A value for a field, right or wrong, as JSON text: not every JSON can be made of nodes.</summary>
    /// <param name="schema">As the document has it; null: unknown.</param>
    /// <param name="document">To follow references.</param>
    /// <param name="depth">How deep it stands.</param>
    public string Json(JsonNode? schema, JsonNode document, int depth = 0)
    {
        schema = Resolve(schema, document);
        if (depth > 4 || Chance(depth == 0 ? 0.1 : 0.2))
            return Wrong();
        var types = schema?["type"] switch { JsonArray several => [.. several.Select(type => (string?)type)], JsonValue one => [(string?)one], _ => (string?[])[null] };
        if (schema?["enum"] is JsonArray { Count: > 0 } words)
            return words[Next(words.Count)]?.ToJsonString() ?? "null";
        return Of(types) switch
        {
            "object" => Object(schema!, document, depth),
            "array" => "[" + string.Join(',', Enumerable.Range(0, Next(4)).Select(_ => Json(schema!["items"], document, depth + 1))) + "]",
            "integer" => Of(["0", "1", "3", "100", "-5"]),
            "number" => Of(["0.25", "0.5", "1", "0", "-1"]),
            "boolean" => Of(["true", "false"]),
            "string" => (string?)schema!["format"] == "uuid" ? Quote(Known.Count > 0 && Chance(0.7) ? Of(Known) : Id()) : Quote(Chance(0.5) ? "x" + Next(1000) : Text()),
            _ => Wrong(),
        };
    }

    string Object(JsonNode schema, JsonNode document, int depth)
    {
        var fields = schema["properties"]?.AsObject().Where(_ => !Chance(0.1)).Select(field => $"{Quote(field.Key)}:{Json(field.Value, document, depth + 1)}").ToList() ?? [];
        if (Chance(0.15))
            fields.Add($"{Quote(Text())}:{Wrong()}");
        if (Chance(0.05) && fields.Count > 0)
            fields.Add(fields[0]); // twice
        return "{" + string.Join(',', fields) + "}";
    }

    string Wrong() => Next(12) switch
    {
        0 => "null",
        1 => Of(["1e999", "-1e999", "99999999999999999999999999999999", "9223372036854775808", "-9223372036854775809", "1e-400", "0.1e1000", "NaN", "01"]),
        2 => Of(["true", "[]", "{}", "[[]]", "[null]", "{\"$ref\":\"#\"}", "{\"$type\":\"System.IO.FileInfo\"}"]),
        3 => new string('[', 200) + new string(']', 200),
        4 => Of(["\"\\ud800\"", "\"\\u0000\"", "\"\\udc00\\ud800\"", "\"\\", "'x'", "undefined", "\"\u0007\""]),
        5 => Next(1000).ToString(),
        _ => Quote(Text()),
    };

    public static JsonNode? Resolve(JsonNode? schema, JsonNode document)
    {
        for (var hops = 0; hops < 10 && schema is JsonObject; hops++)
        {
            if ((string?)schema["$ref"] is { } reference)
                schema = reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)document, (node, word) => node?[word]);
            else if ((schema["oneOf"] ?? schema["anyOf"] ?? schema["allOf"]) is JsonArray { Count: > 0 } several)
                schema = several.FirstOrDefault(one => one?["$ref"] is not null) ?? several[^1];
            else
                break;
        }
        return schema;
    }

    static string Quote(string text) => JsonValue.Create(text).ToJsonString();

    /// <summary>A path segment or query value: encoded as it should be, or not at all.</summary>
    public string InAddress(string text) => Chance(0.85) ? Uri.EscapeDataString(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)))
        : new string([.. text.Where(c => c is > ' ' and < '\u007f' and not ('#' or '?' or '\\'))]);
}
