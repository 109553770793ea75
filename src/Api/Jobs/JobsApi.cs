using Mhim.Api.Hosting;
using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Jobs;

/// <summary>Jobs: look, cancel, retry. They come into being through slides and predictions.</summary>
static class JobsApi
{
    public static void MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("/", ListAsync).WithSummary("Jobs, newest first");
        jobs.MapGet("/{id:guid}", GetAsync).WithSummary("One job");
        jobs.MapPost("/{id:guid}/cancel", CancelAsync).WithSummary("Call a job off; jobs that build upon it end too");
        jobs.MapPost("/{id:guid}/retry", RetryAsync).WithSummary("Run a failed or cancelled job again, with those around it that need it");
    }

    static async Task<Ok<Page<JobDto>>> ListAsync(
        MhimContext context, CancellationToken cancel, JobState? state = null, Guid? slideId = null, string? after = null, int? limit = null)
    {
        var (before, most) = Paging.Read(after, limit);
        var rows = await context.Jobs.AsNoTracking()
            .Where(j => (state == null || j.State == state) && (slideId == null || j.SlideId == slideId) && j.CreatedAt < before)
            .OrderByDescending(j => j.CreatedAt).Take(most + 1).ToListAsync(cancel);
        return TypedResults.Ok(Paging.Of(rows, most, JobDto.Of, j => j.CreatedAt));
    }

    static async Task<Results<Ok<JobDto>, ProblemHttpResult>> GetAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await context.Jobs.AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, cancel) is { } job
            ? TypedResults.Ok(JobDto.Of(job))
            : Problems.NotFound("job", id);

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
