using System.Text.Json;
using System.Text.RegularExpressions;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Features;
using Mhim.Workers;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mhim.Api.Hosting;

/// <summary>Errors as ProblemDetails (RFC 9457), always with a stable <c>code</c>.</summary>
static partial class Problems
{
    /// <summary>A problem with its code and a sentence for people.</summary>
    public static ProblemHttpResult Of(int status, string code, string sentence) =>
        TypedResults.Problem(sentence, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });

    /// <summary>There is no such thing.</summary>
    public static ProblemHttpResult NotFound(string what, Guid id) => Of(StatusCodes.Status404NotFound, $"{what}-unknown", $"There is no {what} {id}.");

    /// <summary>There is no room for what was sent.</summary>
    public static ProblemHttpResult DiskIsFull() => Of(StatusCodes.Status507InsufficientStorage, DiskFull.Code, "There is not enough room for this file; tell the administrator.");

    /// <summary>A field of the request is not as it must be.</summary>
    public static ProblemHttpResult Invalid(string field, string sentence) => Of(new FieldException(FieldChecks.Code, field, sentence));

    /// <summary>Input that cannot be used: 422 unless its code says otherwise.</summary>
    public static ProblemHttpResult Of(InputException e)
    {
        var details = new ProblemDetails { Status = StatusOf(e), Detail = e.Message, Extensions = { ["code"] = e.Code } };
        if (e is FieldException fields)
            details.Extensions["errors"] = fields.Errors;
        return TypedResults.Problem(details);
    }

    // Which field a request that could not be bound is about: a value of its path or query, or a place in its JSON.
    static ProblemDetails Details(BadHttpRequestException bad)
    {
        var details = new ProblemDetails { Status = bad.StatusCode, Detail = bad.Message };
        if (bad.InnerException is JsonException json && Unknown(json) is { } unknown)
            return Of(unknown).ProblemDetails;
        var (field, sentence) = bad.InnerException is JsonException { Path: { Length: > 2 } path } ? (path[2..], $"'{path[2..]}' is not of the kind that is wanted there.")
            : BoundName().Match(bad.Message) is { Success: true } match && JsonNamingPolicy.CamelCase.ConvertName(match.Groups[1].Value) is var name
                ? (name, $"'{name}' is not of the kind that is wanted there.")
            : (null, null);
        if (bad.StatusCode == StatusCodes.Status400BadRequest && field is not null)
            details.Extensions["errors"] = new Dictionary<string, string[]> { [field] = [sentence!] };
        return details;
    }

    // A field that the body's type does not have: the reader tells it, and the type, in its sentence alone.
    static FieldException? Unknown(JsonException json) =>
        UnmappedName().Match(json.Message) is { Success: true } match && typeof(Problems).Assembly.GetType(match.Groups[2].Value) is { } type
            ? new FieldException(FieldChecks.Code, match.Groups[1].Value, FieldChecks.Unknown(type.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))))
            : null;

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped to any \\.NET member contained in type '([\\w.+]+)'", RegexOptions.Singleline)]
    private static partial Regex UnmappedName();

    [GeneratedRegex("parameter \"\\S+ (\\w+)\"")]
    private static partial Regex BoundName();

    static int StatusOf(InputException e) => e.Code switch
    {
        "request-unreadable" => StatusCodes.Status400BadRequest,
        _ when e.Code.EndsWith("-taken", StringComparison.Ordinal) => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    public static IServiceCollection AddMhimProblems(this IServiceCollection services) => services
        // By default only while developing: without it, what cannot be bound is answered without a word of the field that is to blame.
        .Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true)
        .AddProblemDetails(options => options.CustomizeProblemDetails = context =>
            context.ProblemDetails.Extensions.TryAdd("code", CodeOf(context.ProblemDetails.Status ?? 500)))
        .AddExceptionHandler<InputExceptions>();

    static string CodeOf(int status) => status switch
    {
        400 => "request-unreadable",
        401 => "unauthenticated",
        403 => "forbidden",
        404 => "not-found",
        405 => "method-not-allowed",
        413 => "too-large",
        415 => "media-type",
        429 => "too-many-requests",
        >= 500 => "unexpected",
        _ => $"status-{status}",
    };

    sealed class InputExceptions(IProblemDetailsService problems, ILogger<InputExceptions> log) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancel)
        {
            var details = exception switch
            {
                InputException input => Of(input).ProblemDetails,
                _ when DatabaseAway.Is(exception) => new ProblemDetails
                {
                    Status = StatusCodes.Status503ServiceUnavailable, Detail = "The database does not answer at the moment; ask again in a few seconds.", Extensions = { ["code"] = "database-away" },
                },
                BlobsAwayException => new ProblemDetails
                {
                    Status = StatusCodes.Status503ServiceUnavailable, Detail = "The store of the files does not answer at the moment; ask again in a few seconds.", Extensions = { ["code"] = BlobsAwayException.Code },
                },
                BadHttpRequestException bad => Details(bad),
                _ when DiskFull.Is(exception) => DiskIsFull().ProblemDetails,
                _ => null,
            };
            if (details is null)
                return false;
            if (exception is BlobsAwayException || details.Status == StatusCodes.Status507InsufficientStorage)
                log.LogWarning("A request could not be answered: {Reason}", exception.Message); // names the bucket or the file, which is nothing for whoever asks
            http.Response.StatusCode = details.Status!.Value;
            if (http.Response.StatusCode == StatusCodes.Status503ServiceUnavailable)
                http.Response.Headers.RetryAfter = "2";
            return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = details, Exception = exception });
        }
    }
}
