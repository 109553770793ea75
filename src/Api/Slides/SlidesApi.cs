using Mhim.Api.Hosting;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers.Pipeline;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Slides;

/// <summary>Slides: upload, look, complete, remove.</summary>
static class SlidesApi
{
    public static void MapSlides(this RouteGroupBuilder api)
    {
        var slides = api.MapGroup("/slides").WithTags("Slides");
        slides.MapPost("/", UploadAsync).WithSummary("Upload a slide; it is tiled and encoded by itself")
            .Accepts<SlideUploadForm>("multipart/form-data").WithMetadata(new DisableRequestSizeLimitAttribute()).DisableAntiforgery();
        slides.MapGet("/", ListAsync).WithSummary("Slides, newest first");
        slides.MapGet("/{id:guid}", GetAsync).WithSummary("One slide with its steps and jobs");
        slides.MapPatch("/{id:guid}", ChangeAsync).WithSummary("State the resolution of a slide that lacks it, or failed because of it");
        slides.MapDelete("/{id:guid}", DeleteAsync).WithSummary("Remove a slide with its features and predictions");
    }

    static async Task<Results<Created<SlideDto>, Ok<SlideDto>, ProblemHttpResult>> UploadAsync(
        HttpRequest request, SlideUpload uploads, BlobStore blobs, UploadOptions options, CancellationToken cancel)
    {
        using var form = await MultipartUpload.ReadAsync(request, blobs, cancel, options.Largest);
        var (slide, created) = await uploads.AcceptAsync(form, cancel);
        return created ? TypedResults.Created($"/api/v1/slides/{slide.Id}", SlideDto.Of(slide)) : TypedResults.Ok(SlideDto.Of(slide));
    }

    static async Task<Ok<Page<SlideDto>>> ListAsync(
        MhimContext context, CancellationToken cancel, SlideState? state = null, string? name = null, string? after = null, int? limit = null)
    {
        var (before, most) = Paging.Read(after, limit);
        var rows = await context.Slides.AsNoTracking()
            .Where(s => (state == null || s.State == state) && (name == null || s.Name == name) && s.CreatedAt < before)
            .OrderByDescending(s => s.CreatedAt).Take(most + 1).ToListAsync(cancel);
        return TypedResults.Ok(Paging.Of(rows, most, SlideDto.Of, s => s.CreatedAt));
    }

    static async Task<Results<Ok<SlideDetailsDto>, ProblemHttpResult>> GetAsync(
        Guid id, MhimContext context, BlobStore blobs, SlideViewers viewers, FeatureSettings settings, CancellationToken cancel)
    {
        if (await context.Slides.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, cancel) is not { } slide)
            return Problems.NotFound("slide", id);
        var jobs = await context.Jobs.AsNoTracking().Where(j => j.SlideId == id).OrderBy(j => j.CreatedAt).ToListAsync(cancel);
        return TypedResults.Ok(SlideDetailsDto.Of(slide, jobs, SlideFacts.Of(slide, blobs, viewers, settings)));
    }

    static async Task<Results<Ok<SlideDto>, ProblemHttpResult>> ChangeAsync(
        Guid id, SlideChange change, MhimContext context, SlideUpload uploads, CancellationToken cancel)
    {
        if (await context.Slides.SingleOrDefaultAsync(s => s.Id == id, cancel) is not { } slide)
            return Problems.NotFound("slide", id);
        if (change.Mpp is not { } mpp)
            return Problems.Of(StatusCodes.Status400BadRequest, "request-unreadable", "Nothing to change; 'mpp' can be given.");
        if (slide.State is not (SlideState.NeedsMpp or SlideState.Failed))
            return Problems.Of(StatusCodes.Status409Conflict, "mpp-known",
                $"Slide '{slide.Name}' is at work or done with {slide.Mpp:0.####} µm/px (from {slide.MppSource}); remove it and upload it again with 'mpp' to replace that.");
        await uploads.SetMppAsync(slide, mpp, cancel);
        return TypedResults.Ok(SlideDto.Of(slide));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid id, MhimContext context, BlobStore blobs, SlideViewers viewers, CancellationToken cancel)
    {
        var name = await context.Slides.Where(s => s.Id == id).Select(s => s.Name).SingleOrDefaultAsync(cancel);
        if (name is null)
            return Problems.NotFound("slide", id);
        var predictions = await context.Predictions.Where(p => p.SlideId == id).Select(p => p.BlobKey).ToListAsync(cancel);
        // One statement, so that no job can begin between the question and the deletion.
        var removed = await context.Slides.Where(s => s.Id == id && !context.Jobs.Any(j => j.SlideId == id && j.State == JobState.Running))
            .ExecuteDeleteAsync(cancel);
        if (removed == 0)
            return Problems.Of(StatusCodes.Status409Conflict, "slide-busy", $"Slide '{name}' is being worked on; cancel its jobs, then remove it.");
        viewers.Forget(id);
        blobs.Delete(BlobKeys.Slide(id));
        foreach (var prediction in predictions)
            blobs.Delete(prediction);
        return TypedResults.NoContent();
    }
}
