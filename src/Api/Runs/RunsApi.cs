using Mhim.Api.Hosting;
using Mhim.Api.Models;
using Mhim.Api.Slides;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Workers;
using Mhim.Workers.Models;
using Mhim.Workers.Pipeline;
using Mhim.Workers.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Runs;

/// <summary>Runs: train on a cohort, follow, read the results, take the models over.</summary>
static class RunsApi
{
    static readonly Listing<Run> Listing = new Listing<Run>(r => r.Id).By("createdAt", r => r.CreatedAt).By("name", r => r.Name);

    public static void MapRuns(this RouteGroupBuilder api)
    {
        var runs = api.MapGroup("/runs").WithTags("Runs");
        runs.MapPost("/", CreateAsync).WithMetadata(new Creates())
            .WithSummary("Train on a cohort: the run waits for the features of its slides, then each fold is a job, then they are pooled");
        runs.MapGet("/", ListAsync).WithSummary("Runs, newest first; sort by createdAt or name");
        runs.MapGet("/{id:guid}", GetAsync).WithSummary("One run with its folds");
        runs.MapGet("/{id:guid}/events", EventsAsync).WithSummary("Follow a run until it ends (server-sent events named run)").Produces<string>(200, "text/event-stream");
        runs.MapGet("/{id:guid}/progress", ProgressAsync).WithSummary("The training curves so far, epoch by epoch");
        runs.MapPost("/{id:guid}/cancel", CancelAsync).WithSummary("Call off what is left of a run");
        runs.MapPost("/{id:guid}/retry", RetryAsync).WithSummary("Go on with a run that failed or was called off; finished folds are kept");
        runs.MapPost("/{id:guid}/models", ModelsAsync).WithMetadata(new Creates()).WithSummary("Take models of a finished run over, so that they can predict");
        runs.MapDelete("/{id:guid}", DeleteAsync).WithSummary("Remove a run with its results; models that were taken over stay").WithMetadata(new Guarded());
        runs.MapRunFigures();
        File(runs, "results", RunFiles.Metrics, "application/json", "The metrics: pooled and per fold, with intervals and comparisons");
        File(runs, "run.json", RunFiles.Run, "application/json", "Everything that the run came to, with every held-out prediction");
        File(runs, "metrics.csv", RunFiles.MetricsTable, "text/csv; charset=utf-8", "The metrics as a table");
        File(runs, "predictions.csv", RunFiles.Predictions, "text/csv; charset=utf-8", "Every held-out prediction as a table");
        File(runs, "report", RunFiles.Report, "text/html; charset=utf-8", "The report for people: one HTML page that needs nothing beside it");
    }

    static void File(RouteGroupBuilder runs, string route, string file, string type, string summary) =>
        runs.MapGet($"/{{id:guid}}/{route}", (Guid id, MhimContext context, BlobStore blobs, CancellationToken cancel) => FileAsync(id, file, type, context, blobs, cancel))
            .WithSummary(summary).Produces(200, contentType: type.Split(';')[0]);

    static async Task<Results<Accepted<RunDto>, ProblemHttpResult>> CreateAsync(RunRequest request, MhimContext context, RunBook runs, FeatureSettings defaults, CancellationToken cancel)
    {
        var settings = request.Settings();
        var checks = new FieldChecks();
        checks.Require(request.CohortId is not null, "cohortId", "'cohortId' is wanted.");
        var name = request.Name?.Trim();
        checks.Require(name is null or { Length: > 0 and <= 200 } && name?.Any(char.IsControl) != true, "name", "'name' is 1 to 200 letters, to know the run by.");
        checks.Require(request.Mpp is not { } mpp || FeatureSettings.IsMpp(mpp), "mpp", "'mpp' is from 0.1 to 10.");
        checks.Require(request.TileSize is not { } side || FeatureSettings.IsTileSize(side), "tileSize", "'tileSize' is from 64 to 1024.");
        settings.Check(checks);
        checks.ThrowIfAny();
        var encoder = SlideUpload.EncoderOf(request.Encoder);
        var features = encoder is null && request is { Mpp: null, TileSize: null } ? defaults
            : FeatureSettings.For(encoder ?? defaults.EncoderId, request.Mpp, request.TileSize).Fitting("mpp", "tileSize");
        if (await context.Cohorts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.CohortId, cancel) is not { } cohort)
            return Problems.NotFound("cohort", request.CohortId!.Value);
        var run = await runs.CreateAsync(cohort, name, settings, features, request.SkipMissing ?? false, cancel);
        return await RunView.FindAsync(context, run.Id, cancel) is { } made ? TypedResults.Accepted($"/api/v1/runs/{run.Id}", made) : Problems.NotFound("run", run.Id);
    }

    static async Task<Ok<Page<RunDto>>> ListAsync(MhimContext context, [AsParameters] PageQuery page, CancellationToken cancel,
        Word<RunState>? state = null, Guid? cohortId = null, string? name = null, string? preset = null)
    {
        var wanted = context.Runs.AsNoTracking().Where(r => (cohortId == null || r.CohortId == cohortId) && (name == null || r.Name == name) && (preset == null || r.Preset == preset));
        var (rows, next) = await Listing.ReadAsync(state is { } one ? wanted.InState(context, one.Value) : wanted, page, cancel);
        return TypedResults.Ok(new Page<RunDto>(await RunView.ShowAsync(context, rows, cancel), next));
    }

    static async Task<Results<Ok<RunDto>, ProblemHttpResult>> GetAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await RunView.FindAsync(context, id, cancel) is { } run ? TypedResults.Ok(run) : Problems.NotFound("run", id);

    static async Task<IResult> EventsAsync(Guid id, HttpContext http, MhimContext context, EventStream events, CancellationToken cancel) =>
        !await context.Runs.AnyAsync(r => r.Id == id, cancel) ? Problems.NotFound("run", id)
            : events.Follow(http, "run", async (rows, stop) => await RunView.FindAsync(rows, id, stop) is { } run
                ? new Seen(run, run.State is RunState.Succeeded or RunState.Failed or RunState.Cancelled) : null);

    static async Task<Results<Ok<IReadOnlyList<FoldCurve>>, ProblemHttpResult>> ProgressAsync(Guid id, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        if (await context.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } run)
            return Problems.NotFound("run", id);
        var curves = new List<FoldCurve>();
        for (var fold = 0; fold < run.Folds; fold++)
            if (await blobs.FindAsync($"{run.BlobKey}/{RunFiles.Curve(fold)}", cancel) is { } path && FoldCurve.Read(path) is { } curve)
                curves.Add(curve);
        return TypedResults.Ok<IReadOnlyList<FoldCurve>>(curves);
    }

    static async Task<Results<Ok<RunDto>, ProblemHttpResult>> CancelAsync(Guid id, MhimContext context, RunBook runs, CancellationToken cancel) =>
        await AnswerAsync(id, await runs.CancelAsync(id, cancel), "run-ended", "has ended already and cannot be cancelled", context, cancel);

    static async Task<Results<Ok<RunDto>, ProblemHttpResult>> RetryAsync(Guid id, MhimContext context, RunBook runs, CancellationToken cancel) =>
        await AnswerAsync(id, await runs.RetryAsync(id, cancel), "run-not-ended", "has neither failed nor been cancelled, or is still being ended; there is nothing to retry yet", context, cancel);

    static async Task<Results<Ok<RunDto>, ProblemHttpResult>> AnswerAsync(Guid id, bool done, string code, string why, MhimContext context, CancellationToken cancel) =>
        await RunView.FindAsync(context, id, cancel) switch
        {
            null => Problems.NotFound("run", id),
            var run when done => TypedResults.Ok(run),
            _ => Problems.Of(StatusCodes.Status409Conflict, code, $"Run {id} {why}."),
        };

    static async Task<Results<Created<IReadOnlyList<ModelDto>>, ProblemHttpResult>> ModelsAsync(
        Guid id, RunModelsRequest request, MhimContext context, RunBook runs, BlobStore blobs, CancellationToken cancel)
    {
        if (await context.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } run)
            return Problems.NotFound("run", id);
        if (await NotReadyAsync(context, id, cancel) is { } notReady)
            return notReady;
        var name = request.Name?.Trim();
        var checks = new FieldChecks();
        checks.Require(name is null or { Length: > 0 and <= 150 } && name?.Any(char.IsControl) != true, "name", "'name' is 1 to 150 letters, to know the model by.");
        var folder = await blobs.FetchFolderAsync(run.BlobKey, cancel);
        string[] known = [.. Enumerable.Range(0, run.Folds).SelectMany(fold => (string[])[$"fold-{fold}/baseline", $"fold-{fold}/mhim"])
            .Where(model => System.IO.File.Exists(Path.Combine(folder, model, "card.json")))];
        string[] which = request.Which switch
        {
            null or "best" => [Path.GetRelativePath(folder, ModelPath.Find(folder)).Replace('\\', '/')],
            "all" => [.. known.GroupBy(model => model.Split('/')[0]).Select(fold => fold.Last())],
            var one => known.Contains(one) ? [one] : [],
        };
        checks.Require(which.Length > 0, "which", $"'which' is best, all, or one of {string.Join(", ", known)}.");
        checks.ThrowIfAny();
        var models = new List<ModelDto>();
        foreach (var model in which)
            models.Add(ModelDto.Of((await runs.ImportAsync(run, model, which.Length > 1 && name is not null ? $"{name}, {model}" : name, cancel)).Model));
        return TypedResults.Created($"/api/v1/models?runId={id}", (IReadOnlyList<ModelDto>)models);
    }

    static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, HttpContext http, MhimContext context, RunBook runs, BlobStore blobs, CancellationToken cancel)
    {
        if (await context.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } run)
            return Problems.NotFound("run", id);
        if (Etags.Asked(http) && await RunView.FindAsync(context, id, cancel) is { } current && Etags.Differs(http, current) is { } differs)
            return differs;
        await blobs.CheckAsync(cancel); // before the row goes: what is said to be removed is removed
        return await runs.RemoveAsync(run, cancel) ? TypedResults.NoContent()
            : Problems.Of(StatusCodes.Status409Conflict, "run-busy", $"Run '{run.Name}' is being worked on; cancel it, then remove it.");
    }

    static async Task<IResult> FileAsync(Guid id, string file, string type, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        if (await context.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } run)
            return Problems.NotFound("run", id);
        if (await NotReadyAsync(context, id, cancel) is { } notReady)
            return notReady;
        return await blobs.FindAsync($"{run.BlobKey}/{file}", cancel) is { } path ? Etags.File(path, type) : Problems.Of(StatusCodes.Status404NotFound, "not-found", $"The run has no file {file}.");
    }

    internal static async Task<ProblemHttpResult?> NotReadyAsync(MhimContext context, Guid id, CancellationToken cancel) =>
        await RunView.FindAsync(context, id, cancel) switch
        {
            null or { State: RunState.Succeeded } => null,
            { State: RunState.Failed or RunState.Cancelled } run => Problems.Of(StatusCodes.Status409Conflict, "run-not-ready", $"The run ended without a result: {run.Error}"),
            _ => Problems.Of(StatusCodes.Status409Conflict, "run-not-ready", "The run is not done yet; ask again when its state is 'succeeded'."),
        };
}
