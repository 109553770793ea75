using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Features;
using Mhim.Tiling.Slides;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Slides;

/// <summary>
/// Label, macro and thumbnail images of slides, which can show a patient's name: not there at all, neither the route nor a word in the document, unless the
/// administrator sets <see cref="Key"/>.
/// </summary>
static class AssociatedImagesApi
{
    /// <summary>The setting, <c>true</c> or <c>false</c>; default <c>false</c>.</summary>
    public const string Key = "Mhim:AssociatedImages";

    /// <summary>Maps the route where the setting asks for it.</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static void MapAssociatedImages(this RouteGroupBuilder api, IConfiguration configuration)
    {
        var asked = configuration[Key];
        if (string.IsNullOrEmpty(asked) || string.Equals(asked, "false", StringComparison.OrdinalIgnoreCase))
            return;
        if (!string.Equals(asked, "true", StringComparison.OrdinalIgnoreCase))
            throw new InputException("setting-unreadable", $"The setting '{Key}' is true or false, not '{asked}'.");
        api.MapGet("/slides/{id:guid}/associated/{name}", ImageAsync).WithTags("Slides").WithMetadata(new AuditedView())
            .WithSummary("Label, macro or thumbnail image of the scanner, PNG; can show a patient's name").Produces(StatusCodes.Status200OK, contentType: "image/png");
    }

    static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ImageAsync(
        Guid id, string name, MhimContext context, BlobStore blobs, HttpResponse response, CancellationToken cancel)
    {
        if (await context.Slides.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, cancel) is not { } slide)
            return Problems.NotFound("slide", id);
        if (AssociatedImage.Read(await blobs.FetchSlideAsync(slide, cancel), name) is not { } image)
            return Problems.Of(StatusCodes.Status404NotFound, "image-unknown", $"Slide '{slide.Name}' has no associated image '{name}'.");
        response.Headers.CacheControl = "no-store";
        return TypedResults.Bytes(image.ToPng(), "image/png");
    }
}
