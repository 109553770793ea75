using System.Globalization;
using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Pipeline;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Slides;

/// <summary>Pictures of slides: the overview and Deep Zoom tiles as OpenSeadragon asks for them. Label and macro images are not: see <see cref="AssociatedImagesApi"/>.</summary>
static class ViewerApi
{
    public static void MapViewer(this RouteGroupBuilder api)
    {
        var slides = api.MapGroup("/slides/{id:guid}").WithTags("Slides").WithMetadata(new AuditedView());
        slides.MapGet("/thumbnail", ThumbnailAsync).WithSummary("Overview, PNG; there once the slide is tiled")
            .Produces(StatusCodes.Status200OK, contentType: "image/png");
        slides.MapGet("/dzi", DescriptorAsync).WithSummary("Deep Zoom descriptor").Produces(StatusCodes.Status200OK, contentType: "application/xml");
        slides.MapGet("/view", ViewAsync).WithSummary("What a viewer needs beside the pictures: scanned part, resolution, tile grid");
        // OpenSeadragon takes NAME.dzi and asks for NAME_files/...; both spellings lead to the same.
        slides.MapGet("/slide.dzi", DescriptorAsync).ExcludeFromDescription();
        slides.MapGet("/dzi_files/{level:int}/{tile}", TileAsync).WithSummary("Deep Zoom tile, JPEG; 'tile' is COLUMN_ROW.jpeg")
            .Produces(StatusCodes.Status200OK, contentType: "image/jpeg");
        slides.MapGet("/slide_files/{level:int}/{tile}", TileAsync).ExcludeFromDescription();
    }

    static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> ThumbnailAsync(
        Guid id, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        if (!await context.Slides.AnyAsync(s => s.Id == id, cancel))
            return Problems.NotFound("slide", id);
        return await blobs.FindAsync(BlobKeys.Thumbnail(id), cancel) is { } path
            ? TypedResults.PhysicalFile(path, "image/png", lastModified: File.GetLastWriteTimeUtc(path))
            : Problems.Of(StatusCodes.Status404NotFound, "thumbnail-not-ready", "The thumbnail is drawn when the slide is tiled; ask again then.");
    }

    static async Task<Results<ContentHttpResult, ProblemHttpResult>> DescriptorAsync(
        Guid id, MhimContext context, BlobStore blobs, SlideViewers viewers, CancellationToken cancel)
    {
        if (await FindAsync(id, context, cancel) is not { } slide)
            return Problems.NotFound("slide", id);
        using var loan = await BorrowAsync(slide, blobs, viewers, cancel);
        return TypedResults.Content(loan.DeepZoom.Dzi, "application/xml");
    }

    static async Task<Results<Ok<SlideViewDto>, ProblemHttpResult>> ViewAsync(
        Guid id, MhimContext context, BlobStore blobs, SlideViewers viewers, FeatureSettings settings, CancellationToken cancel)
    {
        if (await FindAsync(id, context, cancel) is not { } slide)
            return Problems.NotFound("slide", id);
        var (grid, ledger) = await SlideFacts.TilesOfAsync(slide, blobs, await SlideFacts.SettingsOfAsync(context, slide, settings, cancel), cancel);
        using var loan = await BorrowAsync(slide, blobs, viewers, cancel);
        return TypedResults.Ok(SlideViewDto.Of(loan.Slide, slide.Mpp, grid, ledger));
    }

    static async Task<Results<FileContentHttpResult, ProblemHttpResult>> TileAsync(
        Guid id, int level, string tile, MhimContext context, BlobStore blobs, SlideViewers viewers, TileCache tiles, HttpResponse response, CancellationToken cancel)
    {
        if (await FindAsync(id, context, cancel) is not { } slide)
            return Problems.NotFound("slide", id);
        if (!TryReadTile(tile, out var column, out var row))
            return Problems.Of(StatusCodes.Status404NotFound, "tile-unknown", "Tiles are named COLUMN_ROW.jpeg.");
        if (tiles.Find(id, level, column, row) is not { } jpeg)
        {
            using var loan = await BorrowAsync(slide, blobs, viewers, cancel);
            jpeg = loan.DeepZoom.Tile(level, column, row);
            if (jpeg is null)
                return Problems.Of(StatusCodes.Status404NotFound, "tile-unknown", $"The slide has no tile {column}_{row} at level {level}.");
            tiles.Add(id, level, column, row, jpeg);
        }
        // A slide's content never changes under its id.
        response.Headers.CacheControl = "private, max-age=86400, immutable";
        return TypedResults.Bytes(jpeg, "image/jpeg");
    }

    static Task<Slide?> FindAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        context.Slides.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, cancel);

    static async Task<SlideViewers.Loan> BorrowAsync(Slide slide, BlobStore blobs, SlideViewers viewers, CancellationToken cancel) =>
        viewers.Borrow(slide.Id, await blobs.FetchSlideAsync(slide, cancel), slide.MppSource == "user" ? slide.Mpp : null);

    static bool TryReadTile(string tile, out int column, out int row)
    {
        column = row = 0;
        var name = Path.GetFileNameWithoutExtension(tile.AsSpan());
        var middle = name.IndexOf('_');
        return middle > 0 && Path.GetExtension(tile) is (".jpeg" or ".jpg")
            && int.TryParse(name[..middle], NumberStyles.None, CultureInfo.InvariantCulture, out column)
            && int.TryParse(name[(middle + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out row);
    }
}
