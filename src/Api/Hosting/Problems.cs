using Mhim.Features;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mhim.Api.Hosting;

/// <summary>Errors as ProblemDetails (RFC 9457), always with a stable <c>code</c>.</summary>
static class Problems
{
    /// <summary>A problem with its code and a sentence for people.</summary>
    public static ProblemHttpResult Of(int status, string code, string sentence) =>
        TypedResults.Problem(sentence, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });

    /// <summary>There is no such thing.</summary>
    public static ProblemHttpResult NotFound(string what, Guid id) => Of(StatusCodes.Status404NotFound, $"{what}-unknown", $"There is no {what} {id}.");

    /// <summary>Input that cannot be used: 422 unless its code says otherwise.</summary>
    public static ProblemHttpResult Of(InputException e) => Of(StatusOf(e), e.Code, e.Message);

    static int StatusOf(InputException e) => e.Code switch
    {
        "request-unreadable" => StatusCodes.Status400BadRequest,
        _ when e.Code.EndsWith("-taken", StringComparison.Ordinal) => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    public static IServiceCollection AddMhimProblems(this IServiceCollection services) => services
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

    sealed class InputExceptions(IProblemDetailsService problems) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancel)
        {
            var details = exception switch
            {
                InputException input => new ProblemDetails { Status = StatusOf(input), Detail = input.Message, Extensions = { ["code"] = input.Code } },
                BadHttpRequestException bad => new ProblemDetails { Status = bad.StatusCode, Detail = bad.Message },
                _ => null,
            };
            if (details is null)
                return false;
            http.Response.StatusCode = details.Status!.Value;
            return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = details, Exception = exception });
        }
    }
}
