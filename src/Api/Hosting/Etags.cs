using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Mhim.Api.Hosting;

/// <summary>
/// Every answer to a GET carries the hash of what it says (ETag): who has it already is told so in 304 and nothing else, and who changes something may say
/// which state of it they know (If-Match).
/// </summary>
static class Etags
{
    /// <summary>Tags what is read.</summary>
    public static async ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var answer = await next(context);
        var http = context.HttpContext;
        if (!HttpMethods.IsGet(http.Request.Method))
            return answer;
        var inner = answer is INestedHttpResult nested ? nested.Result : answer;
        return inner is IValueHttpResult { Value: { } value } and IStatusCodeHttpResult { StatusCode: null or StatusCodes.Status200OK } ? new Tagged(Json(http, value)) : answer;
    }

    /// <summary>Compares what a client knows (If-Match) with what is; answers 412 where they differ.</summary>
    /// <param name="http">The request.</param>
    /// <param name="current">What a GET would answer now.</param>
    /// <returns>Null: go on.</returns>
    public static ProblemHttpResult? Differs(HttpContext http, object current)
    {
        var wanted = http.Request.GetTypedHeaders().IfMatch;
        return wanted.Count == 0 || wanted.Any(tag => tag.Tag == "*" || tag.Tag == Of(Json(http, current))) ? null
            : Problems.Of(StatusCodes.Status412PreconditionFailed, "changed", "It has changed since it was read (If-Match); read it again, then decide.");
    }

    /// <summary>Whether the client says which state it knows.</summary>
    public static bool Asked(HttpContext http) => http.Request.Headers.IfMatch.Count > 0;

    /// <summary>A file with its tag.</summary>
    public static PhysicalFileHttpResult File(string path, string type)
    {
        var file = new FileInfo(path);
        return TypedResults.PhysicalFile(path, type, entityTag: new EntityTagHeaderValue($"\"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}\""));
    }

    static byte[] Json(HttpContext http, object value) =>
        JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions);

    static string Of(byte[] json) => $"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 16))}\"";

    sealed class Tagged(byte[] json) : IResult
    {
        public async Task ExecuteAsync(HttpContext http)
        {
            var tag = Of(json);
            http.Response.Headers.ETag = tag;
            if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag == "*" || known.Tag == tag))
            {
                http.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
            http.Response.ContentType = "application/json; charset=utf-8";
            http.Response.ContentLength = json.Length;
            await http.Response.Body.WriteAsync(json, http.RequestAborted);
        }
    }
}
