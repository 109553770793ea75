using System.Text;
using Mhim.Api.Hosting;
using Microsoft.Net.Http.Headers;

namespace Mhim.Api.Security;

/// <summary>Refuses bodies in an encoding that nobody knows (415); the framework's reader of JSON takes that for a fault of its own.</summary>
sealed class KnownCharsets(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.Charset.HasValue)
            return next(http);
        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        if (!IsKnown(charset.ToString()))
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "media-type", "The charset of 'Content-Type' is not known; send UTF-8.").ExecuteAsync(http);
        if (charset.Length < type.Charset.Length)
        {
            // In quotes it is the same, but the framework does not know that.
            type.Charset = charset;
            http.Request.ContentType = type.ToString();
        }
        return next(http);
    }

    static bool IsKnown(string charset)
    {
        try
        {
            return Encoding.GetEncoding(charset) is not null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
