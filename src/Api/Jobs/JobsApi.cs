using Mhim.Api.Hosting;
using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Jobs;

/// <summary>Jobs: look, cancel, retry. They come into being through slides, predictions and runs.</summary>
static class JobsApi
{
    static readonly Listing<Job> Listing = new Listing<Job>(j => j.Id).By("createdAt", j => j.CreatedAt);

    public static void MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("/", ListAsync).WithSummary("Jobs, newest first; sort by createdAt");
        jobs.MapGet("/{id:guid}", GetAsync).WithSummary("One job");
        jobs.MapGet("/{id:guid}/events", EventsAsync).WithSummary("Follow a job until it ends (server-sent events named job)").Produces<string>(200, "text/event-stream");
        jobs.MapPost("/{id:guid}/cancel", CancelAsync).WithSummary("Call a job off; jobs that build upon it end too");
        jobs.MapPost("/{id:guid}/retry", RetryAsync).WithSummary("Run a failed or cancelled job again, with those around it that need it");
    }

    static async Task<Ok<Page<JobDto>>> ListAsync(
        MhimContext context, [AsParameters] PageQuery page, CancellationToken cancel,
        Word<JobState>? state = null, Word<JobKind>? kind = null, string? queue = null, Guid? slideId = null, Guid? runId = null)
    {
        var (inState, ofKind) = (state?.Value, kind?.Value);
        var rows = context.Jobs.AsNoTracking().Where(j => (inState == null || j.State == inState) && (ofKind == null || j.Kind == ofKind) && (queue == null || j.Queue == queue)
            && (slideId == null || j.SlideId == slideId) && (runId == null || j.RunId == runId));
        var (found, next) = await Listing.ReadAsync(rows, page, cancel);
        return TypedResults.Ok(new Page<JobDto>(await NamedAsync(context, found, cancel), next));
    }

    static async Task<IResult> EventsAsync(Guid id, HttpContext http, MhimContext context, EventStream events, CancellationToken cancel) =>
        !await context.Jobs.AnyAsync(j => j.Id == id, cancel) ? Problems.NotFound("job", id)
            : events.Follow(http, "job", async (rows, stop) => await rows.Jobs.AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, stop) is { } job
                ? new Seen(JobDto.Of(job), job.State is JobState.Succeeded or JobState.Failed or JobState.Cancelled) : null);

    static async Task<Results<Ok<JobDto>, ProblemHttpResult>> GetAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await context.Jobs.AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, cancel) is { } job
            ? TypedResults.Ok((await NamedAsync(context, [job], cancel))[0])
            : Problems.NotFound("job", id);

    /// <summary>Jobs with the names of what they work for.</summary>
    static async Task<IReadOnlyList<JobDto>> NamedAsync(MhimContext context, List<Job> jobs, CancellationToken cancel)
    {
        Guid[] slideIds = [.. jobs.Select(j => j.SlideId).OfType<Guid>().Distinct()], runIds = [.. jobs.Select(j => j.RunId).OfType<Guid>().Distinct()];
        var slides = await context.Slides.Where(s => slideIds.Contains(s.Id)).Select(s => new { s.Id, s.Name }).ToDictionaryAsync(s => s.Id, s => s.Name, cancel);
        var runs = await context.Runs.Where(r => runIds.Contains(r.Id)).Select(r => new { r.Id, r.Name }).ToDictionaryAsync(r => r.Id, r => r.Name, cancel);
        return [.. jobs.Select(j => JobDto.Of(j) with { Target = j.RunId is { } run ? runs.GetValueOrDefault(run) : j.SlideId is { } slide ? slides.GetValueOrDefault(slide) : null })];
    }

    static async Task<Results<Ok<JobDto>, ProblemHttpResult>> CancelAsync(Guid id, MhimContext context, JobBook book, CancellationToken cancel)
    {
        var done = await book.CancelAsync(id, cancel);
        return await AnswerAsync(id, done, "job-ended", "has ended already and cannot be cancelled", context, cancel);
    }

    static async Task<Results<Ok<JobDto>, ProblemHttpResult>> RetryAsync(Guid id, MhimContext context, JobBook book, CancellationToken cancel)
    {
        var done = await book.RetryAsync(id, cancel);
        return await AnswerAsync(id, done, "job-not-ended", "has neither failed nor been cancelled, so there is nothing to retry", context, cancel);
    }

    static async Task<Results<Ok<JobDto>, ProblemHttpResult>> AnswerAsync(
        Guid id, bool done, string code, string why, MhimContext context, CancellationToken cancel) =>
        await context.Jobs.AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, cancel) switch
        {
            null => Problems.NotFound("job", id),
            var job when done => TypedResults.Ok(JobDto.Of(job)),
            _ => Problems.Of(StatusCodes.Status409Conflict, code, $"Job {id} {why}."),
        };
}
