using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Mhim.Api.Hosting;

/// <summary>The OpenAPI document and the page that shows it, all from this origin.</summary>
static class ApiDocument
{
    public static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info.Title = "MHIM";
        document.Info.Version = "v1";
        document.Info.Description = "Whole-slide images in, slide-level predictions and heatmaps out. Research use only. "
            + "Errors are ProblemDetails (RFC 9457) with a stable `code`.";
        return Task.CompletedTask;
    }

    public static void Page(ScalarOptions page) => page
        .WithTitle("MHIM API").WithOpenApiRoutePattern("/openapi/v1.json")
        .HideDeveloperTools().DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp();
}
