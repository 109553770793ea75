using Mhim.Api.Hosting;
using Mhim.Api.Jobs;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers;
using Mhim.Workers.Pipeline;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Slides;

/// <summary>Slides: upload, look, complete, remove.</summary>
static class SlidesApi
{
    static readonly Listing<Slide> Listing = new Listing<Slide>(s => s.Id).By("createdAt", s => s.CreatedAt).By("name", s => s.Name).By("size", s => s.Size);

    public static void MapSlides(this RouteGroupBuilder api)
    {
        var slides = api.MapGroup("/slides").WithTags("Slides");
        slides.MapPost("/", UploadAsync).WithSummary("Upload a slide; it is tiled and encoded by itself")
            .Accepts<SlideUploadForm>("multipart/form-data").WithMetadata(new DisableRequestSizeLimitAttribute()).DisableAntiforgery().WithMetadata(new Creates());
        slides.MapGet("/", ListAsync).WithSummary("Slides, newest first; sort by createdAt, name or size");
        slides.MapGet("/{id:guid}", GetAsync).WithSummary("One slide with its steps and jobs");
        slides.MapGet("/{id:guid}/events", EventsAsync).WithSummary("Follow a slide until its jobs have ended (server-sent events named slide)").Produces<string>(200, "text/event-stream");
        slides.MapPatch("/{id:guid}", ChangeAsync).WithSummary("State the resolution of a slide that lacks it, or that it is to be used whatever its stain; what failed is then done again").WithMetadata(new Guarded());
        slides.MapDelete("/{id:guid}", DeleteAsync).WithSummary("Remove a slide with its features and predictions").WithMetadata(new Guarded());
    }

    static async Task<Results<Created<SlideDto>, Ok<SlideDto>, ProblemHttpResult>> UploadAsync(
        HttpRequest request, MhimContext context, SlideUpload uploads, BlobStore blobs, UploadOptions options, CancellationToken cancel)
    {
        var room = await UploadRoom.LeftAsync(context, blobs);
        if (request.ContentLength > room)
            return Problems.DiskIsFull();
        using var form = await MultipartUpload.ReadAsync(request, blobs, cancel, options.Largest, room);
        var (slide, created) = await uploads.AcceptAsync(form, cancel);
        return created ? TypedResults.Created($"/api/v1/slides/{slide.Id}", SlideDto.Of(slide)) : TypedResults.Ok(SlideDto.Of(slide));
    }

    static async Task<Ok<Page<SlideDto>>> ListAsync(
        MhimContext context, [AsParameters] PageQuery page, CancellationToken cancel, Word<SlideState>? state = null, string? name = null, string? sha256 = null, string? vendor = null,
        string? problemCode = null, string? search = null)
    {
        var (wanted, part) = (state?.Value, search?.Trim().ToLowerInvariant() ?? "");
        var rows = context.Slides.AsNoTracking().Where(s => (wanted == null || s.State == wanted) && (name == null || s.Name == name) && (sha256 == null || s.Sha256 == sha256)
            && (vendor == null || s.Vendor == vendor) && (problemCode == null || s.ProblemCode == problemCode)
            && (part == "" || s.Name.ToLower().Contains(part) || s.FileName.ToLower().Contains(part)));
        return TypedResults.Ok(await Listing.ReadAsync(rows, page, SlideDto.Of, cancel));
    }

    static async Task<Results<Ok<SlideDetailsDto>, ProblemHttpResult>> GetAsync(
        Guid id, MhimContext context, BlobStore blobs, SlideViewers viewers, FeatureSettings settings, CancellationToken cancel)
    {
        if (await DetailsAsync(id, context, blobs, viewers, settings, cancel) is not { } details)
            return Problems.NotFound("slide", id);
        return TypedResults.Ok(details);
    }

    static async Task<SlideDetailsDto?> DetailsAsync(
        Guid id, MhimContext context, BlobStore blobs, SlideViewers viewers, FeatureSettings settings, CancellationToken cancel)
    {
        if (await context.Slides.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, cancel) is not { } slide)
            return null;
        var jobs = await context.Jobs.AsNoTracking().Where(j => j.SlideId == id).OrderBy(j => j.CreatedAt).ToListAsync(cancel);
        var own = await SlideFacts.SettingsOfAsync(context, slide, settings, cancel);
        return SlideDetailsDto.Of(slide, jobs, await SlideFacts.OfAsync(slide, blobs, viewers, own, cancel));
    }

    static async Task<IResult> EventsAsync(Guid id, HttpContext http, MhimContext context, EventStream events, CancellationToken cancel) =>
        !await context.Slides.AnyAsync(s => s.Id == id, cancel) ? Problems.NotFound("slide", id)
            : events.Follow(http, "slide", async (rows, stop) =>
            {
                if (await rows.Slides.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, stop) is not { } slide)
                    return null;
                var jobs = await rows.Jobs.AsNoTracking().Where(j => j.SlideId == id).OrderBy(j => j.CreatedAt).ToListAsync(stop);
                return new Seen(new SlideEventDto(SlideDto.Of(slide), [.. jobs.Select(JobDto.Of)]),
                    jobs.TrueForAll(j => j.State is JobState.Succeeded or JobState.Failed or JobState.Cancelled));
            });

    static async Task<Results<Ok<SlideDto>, ProblemHttpResult>> ChangeAsync(
        Guid id, SlideChange change, HttpContext http, MhimContext context, SlideUpload uploads, BlobStore blobs, SlideViewers viewers, FeatureSettings settings, CancellationToken cancel)
    {
        if (await context.Slides.SingleOrDefaultAsync(s => s.Id == id, cancel) is not { } slide)
            return Problems.NotFound("slide", id);
        if (Etags.Asked(http) && await DetailsAsync(id, context, blobs, viewers, settings, cancel) is { } current && Etags.Differs(http, current) is { } differs)
            return differs;
        if (change is { Mpp: null, AnyStain: null })
            return Problems.Of(new FieldException(FieldChecks.Code, new Dictionary<string, string[]>
            {
                ["mpp"] = ["Nothing to change; 'mpp' can be given."], ["anyStain"] = ["Nothing to change; 'anyStain' can be given."],
            }));
        if (change.AnyStain is { } anyStain && slide.State == SlideState.Failed && change.Mpp is null)
        {
            await uploads.SetAnyStainAsync(slide, anyStain, cancel);
            return TypedResults.Ok(SlideDto.Of(slide));
        }
        if (change is { AnyStain: not null, Mpp: null } && slide.State != SlideState.NeedsMpp)
            return change.AnyStain == slide.AnyStain ? TypedResults.Ok(SlideDto.Of(slide)) : Problems.Of(StatusCodes.Status409Conflict, "slide-not-failed",
                $"Slide '{slide.Name}' is at work or done; remove it and upload it again with 'anyStain' to change that.");
        if (change.AnyStain is { } stated && slide.State is (SlideState.NeedsMpp or SlideState.Failed))
        {
            slide.AnyStain = stated;
            await context.SaveChangesAsync(cancel);
        }
        if (change.Mpp is not { } mpp)
            return TypedResults.Ok(SlideDto.Of(slide));
        if (slide.State is not (SlideState.NeedsMpp or SlideState.Failed))
            return Problems.Of(StatusCodes.Status409Conflict, "mpp-known",
                $"Slide '{slide.Name}' is at work or done with {slide.Mpp:0.####} µm/px (from {slide.MppSource}); remove it and upload it again with 'mpp' to replace that.");
        await uploads.SetMppAsync(slide, mpp, cancel);
        return TypedResults.Ok(SlideDto.Of(slide));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid id, HttpContext http, MhimContext context, BlobStore blobs, SlideViewers viewers, FeatureSettings settings, CancellationToken cancel)
    {
        if (Etags.Asked(http) && await DetailsAsync(id, context, blobs, viewers, settings, cancel) is { } current && Etags.Differs(http, current) is { } differs)
            return differs;
        var name = await context.Slides.Where(s => s.Id == id).Select(s => s.Name).SingleOrDefaultAsync(cancel);
        if (name is null)
            return Problems.NotFound("slide", id);
        await blobs.CheckAsync(cancel); // before the row goes: what is said to be removed is removed
        var predictions = await context.Predictions.Where(p => p.SlideId == id).Select(p => p.BlobKey).ToListAsync(cancel);
        // One statement, so that no job can begin between the question and the deletion.
        var removed = await context.Slides.Where(s => s.Id == id && !context.Jobs.Any(j => j.SlideId == id && j.State == JobState.Running))
            .ExecuteDeleteAsync(cancel);
        if (removed == 0)
            return Problems.Of(StatusCodes.Status409Conflict, "slide-busy", $"Slide '{name}' is being worked on; cancel its jobs, then remove it.");
        viewers.Forget(id);
        await blobs.DeleteAsync(BlobKeys.Slide(id), CancellationToken.None);
        foreach (var prediction in predictions)
            await blobs.DeleteAsync(prediction, CancellationToken.None);
        return TypedResults.NoContent();
    }
}
