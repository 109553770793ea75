using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>An operation of the document.</summary>
/// <param name="Method">GET, POST, ...</param>
/// <param name="Path">With its holes.</param>
/// <param name="Node">What the document says of it.</param>
sealed record ApiOperation(string Method, string Path, JsonNode Node)
{
    public override string ToString() => $"{Method} {Path}";

    public static List<ApiOperation> All(JsonNode document) => [.. document["paths"]!.AsObject().OrderBy(path => path.Key, StringComparer.Ordinal)
        .SelectMany(path => path.Value!.AsObject().Where(pair => pair.Key is "get" or "post" or "put" or "patch" or "delete" or "head" or "options")
            .Select(pair => new ApiOperation(pair.Key.ToUpperInvariant(), path.Key, pair.Value!)))];
}

/// <summary>Makes requests out of the document, most of them wrong somewhere.</summary>
/// <param name="document">The served OpenAPI document.</param>
/// <param name="values">Decides everything.</param>
/// <param name="files">Files to send.</param>
sealed partial class ApiFuzzRequests(JsonNode document, ApiFuzzValues values, ApiFuzzFiles files)
{
    static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>A request for an operation.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="origin">Where the service is.</param>
    /// <param name="ids">Ids that may stand in its path.</param>
    public HttpRequestMessage Make(ApiOperation operation, Uri origin, IReadOnlyList<string> ids)
    {
        var path = Hole().Replace(operation.Path, hole => Hole(hole.Groups[1].Value, ids));
        var query = (operation.Node["parameters"] as JsonArray ?? []).Where(p => (string?)p?["in"] == "query" && values.Chance(0.4))
            .Select(p => $"{(string?)p!["name"]}={values.InAddress(values.Chance(0.3) ? Plain(p["schema"]) : values.Text())}").ToList();
        if (values.Chance(0.05))
            query.Add($"{values.InAddress(values.Text())}={values.InAddress(values.Text())}");
        var method = values.Chance(0.04) ? values.Of(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"]) : operation.Method;
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(origin.GetLeftPart(UriPartial.Authority) + path + (query.Count > 0 ? "?" + string.Join('&', query) : ""), AsWritten));
        if (method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE"))
            request.Content = Body(operation);
        foreach (var (name, texts) in Headers)
            if (values.Chance(operation.Path.Contains("/uploads") ? OfUploads(name) : 0.03))
                request.Headers.TryAddWithoutValidation(name, Latin(values.Chance(0.8) ? values.Of(texts) : values.Text()));
        return request;
    }

    static double OfUploads(string header) => header switch
    {
        "Upload-Checksum" => 0.1,
        "Upload-Defer-Length" => 0.25,
        "Upload-Length" => 0.7,
        _ => header.StartsWith("Tus", StringComparison.Ordinal) || header.StartsWith("Upload-", StringComparison.Ordinal) ? 0.85 : 0.03,
    };

    static readonly (string Name, string[] Texts)[] Headers =
    [
        ("Tus-Resumable", ["1.0.0"]), ("Upload-Length", ["100", "100", "100", "0", "-1", "99999999999999999999", "1e3", "21000000"]), ("Upload-Offset", ["0", "1", "-1", "100"]),
        ("Upload-Defer-Length", ["1", "1", "1", "0"]),
        ("Upload-Metadata", ["filename YS5zdnM=", "filename YS56aXA=", "filename Li4vLi4vZXNjYXBlZC5zdnM=", "filename", "filename !!", "filename YS56aXA=,name eA==,mpp MWU5OTk=", ",,,"]),
        ("Upload-Checksum", ["sha1 AAAA", "md5 x", "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]), ("X-HTTP-Method-Override", ["DELETE", "PATCH", "GET", "FOO"]),
        ("If-None-Match", ["*", "\"x\"", "W/\"0\""]), ("If-Match", ["*", "\"x\""]), ("Idempotency-Key", ["k1", "k2", "k1"]), ("Range", ["bytes=0-1", "bytes=-1", "bytes=9-1", "lines=1"]),
        ("Origin", ["null", "https://evil.example"]), ("X-Forwarded-For", ["127.0.0.1", "::1"]), ("X-Forwarded-Prefix", ["/../.."]), ("Accept", ["*/*", "text/event-stream", "application/xml", ";;"]),
        ("Last-Event-ID", ["0", "x", "-1"]), ("Content-Encoding", ["gzip"]), ("Accept-Language", ["xx-XX"]),
    ];

    HttpContent? Body(ApiOperation operation)
    {
        var bodies = operation.Node["requestBody"]?["content"]?.AsObject();
        var type = bodies is { Count: > 0 } ? values.Of([.. bodies.Select(body => body.Key)]) : operation.Path.Contains("/uploads") ? "application/offset+octet-stream" : "";
        if (values.Chance(0.08))
            type = values.Of(["application/json", "text/plain", "multipart/form-data", "application/xml", "application/offset+octet-stream", "application/json; charset=nonsense", ""]);
        if (type.StartsWith("multipart", StringComparison.Ordinal))
            return files.Form();
        if (type is "application/offset+octet-stream")
            return ApiFuzzFiles.Raw(type, values.Chance(0.5) ? files.File().Bytes : new byte[100]);
        if (!type.Contains("json"))
            return bodies is null && values.Chance(0.7) ? null : ApiFuzzFiles.Raw(type, values.Text());
        return values.Next(25) switch
        {
            0 => ApiFuzzFiles.Raw(type, ""),
            1 => ApiFuzzFiles.Raw(type, values.Of(["{", "[]", "null", "{\"", "\0", "\uFEFF{}", "{} {}", new string('[', 5000), "{\"a\":" + new string('{', 100)])),
            2 => ApiFuzzFiles.Raw(type, "{\"name\":\"" + new string('a', 3 << 20) + "\"}"), // over the limit of requests
            3 => ApiFuzzFiles.Raw(type, [0xff, 0xfe, (byte)'{', 0, (byte)'}', 0]),
            _ => ApiFuzzFiles.Raw(type, values.Json(bodies?[type]?["schema"], document)),
        };
    }

    string Hole(string name, IReadOnlyList<string> ids) => values.Next(6) switch
    {
        0 => values.InAddress(values.Text()),
        1 => values.Id(),
        _ => name.Contains("id", StringComparison.OrdinalIgnoreCase) && ids.Count > 0 ? values.Of(ids)
            : values.Of(["0", "1", "8", "0_0.jpeg", "1_1.jpeg", "99999_99999.jpeg", "-1_0.jpeg", "label", "macro", "stain-texture"]),
    };

    string Plain(JsonNode? schema) => values.Json(schema, document, 1).Trim('"');

    static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(new string([.. text.Where(c => !char.IsControl(c))])));

    [GeneratedRegex("{([^}/]*)}")]
    private static partial Regex Hole();
}
