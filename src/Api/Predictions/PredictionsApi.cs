using Mhim.Api.Hosting;
using Mhim.Api.Predictions.Report;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Workers;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Predictions;

/// <summary>Predictions: ask, look, fetch the pictures.</summary>
static class PredictionsApi
{
    const int MostSlides = 200;

    static readonly Listing<PredictionView> Listing = new Listing<PredictionView>(p => p.Prediction.Id).By("createdAt", p => p.Prediction.CreatedAt);

    public static void MapPredictions(this RouteGroupBuilder api)
    {
        var predictions = api.MapGroup("/predictions").WithTags("Predictions");
        predictions.MapPost("/", RequestAsync).WithSummary("Ask for a prediction; the same slide and model again is the same prediction").WithMetadata(new Creates());
        predictions.MapGet("/", ListAsync).WithSummary("Predictions, newest first; sort by createdAt; of several slides by saying slideId several times");
        predictions.MapGet("/{id:guid}", GetAsync).WithSummary("One prediction");
        predictions.MapGet("/{id:guid}/prediction.json", (Guid id, MhimContext c, BlobStore b, CancellationToken t) =>
            FileAsync(id, PredictionFiles.Summary, "application/json", c, b, t)).WithSummary("The whole result, as the command line writes it").Produces(200, contentType: "application/json");
        predictions.MapGet("/{id:guid}/heatmap.png", (Guid id, MhimContext c, BlobStore b, CancellationToken t) =>
            FileAsync(id, PredictionFiles.Heatmap, "image/png", c, b, t)).WithSummary("Instance scores over the slide").Produces(200, contentType: "image/png").WithMetadata(new AuditedView());
        predictions.MapGet("/{id:guid}/tiles.geojson", (Guid id, MhimContext c, BlobStore b, CancellationToken t) =>
            FileAsync(id, PredictionFiles.Tiles, "application/geo+json", c, b, t)).WithSummary("Tiles with their scores, for QuPath").Produces(200, contentType: "application/geo+json");
        predictions.MapGet("/{id:guid}/tiles", (Guid id, MhimContext c, BlobStore b, CancellationToken t) =>
            FileAsync(id, TileTable.File, "application/json", c, b, t)).WithSummary("What is known of every tile; the numbers themselves are at tiles.bin").Produces<TileTable>();
        predictions.MapGet("/{id:guid}/tiles.bin", (Guid id, MhimContext c, BlobStore b, CancellationToken t) =>
            FileAsync(id, TileTable.Data, "application/octet-stream", c, b, t)).Produces(200, contentType: "application/octet-stream")
            .WithSummary("The numbers of every tile, little endian: x int32 [N], y int32 [N], float32 [N] per series, then a byte [N]: 1 easy, 2 hard");
        predictions.MapGet("/{id:guid}/report.pdf", PredictionReportApi.GetAsync).WithSummary("The prediction as a PDF for people: result, heatmap, top tiles, provenance")
            .Produces(200, contentType: "application/pdf").WithMetadata(new AuditedView());
        predictions.MapGet("/{id:guid}/top-tiles/{rank:int:min(1)}.png", (Guid id, int rank, MhimContext c, BlobStore b, CancellationToken t) =>
            FileAsync(id, PredictionFiles.TopTile(rank), "image/png", c, b, t)).WithSummary("A tile that counted most; rank 1 is the first").Produces(200, contentType: "image/png").WithMetadata(new AuditedView());
    }

    static async Task<Results<Accepted<PredictionDto>, Ok<PredictionDto>, ProblemHttpResult>> RequestAsync(
        PredictionRequest request, MhimContext context, JobBook book, CancellationToken cancel)
    {
        var checks = new FieldChecks();
        checks.Require(request.SlideId is not null, "slideId", "'slideId' is wanted.");
        checks.Require(request.ModelId is not null, "modelId", "'modelId' is wanted.");
        checks.ThrowIfAny();
        var (slideId, modelId) = (request.SlideId!.Value, request.ModelId!.Value);
        if (await context.Slides.AsNoTracking().SingleOrDefaultAsync(s => s.Id == slideId, cancel) is not { } slide)
            return Problems.NotFound("slide", slideId);
        if (await context.Models.AsNoTracking().SingleOrDefaultAsync(m => m.Id == modelId, cancel) is not { } model)
            return Problems.NotFound("model", modelId);
        RequireEncoder(model);
        if (slide.State == SlideState.NeedsMpp)
            return Problems.Of(StatusCodes.Status409Conflict, "mpp-missing", $"Slide '{slide.Name}' has no resolution yet; state it with PATCH /api/v1/slides/{slideId}.");
        if (slide.State == SlideState.Failed)
            return Problems.Of(StatusCodes.Status409Conflict, "slide-failed", $"Slide '{slide.Name}' could not be prepared ({slide.Problem}); retry its job first.");

        if (await FindAsync(context, p => p.Slide.Id == slideId && p.Model.Id == modelId, cancel) is { } known)
            return TypedResults.Ok(known);
        var prediction = new Prediction { SlideId = slideId, ModelId = modelId, BlobKey = "" };
        prediction.BlobKey = BlobKeys.Prediction(prediction.Id);
        var wanted = FeatureSettings.For(model.EncoderId, model.Mpp, model.TileSize);
        for (var again = false; ; again = true)
            try
            {
                context.Predictions.Add(prediction);
                await JobPlan.PredictionAsync(context, prediction, wanted, cancel);
                await context.SaveChangesAsync(cancel);
                break;
            }
            catch (Exception e) when (RowConflict.Is(e))
            {
                context.ChangeTracker.Clear();
                if (await FindAsync(context, p => p.Slide.Id == slideId && p.Model.Id == modelId, cancel) is { } faster)
                    return TypedResults.Ok(faster);
                if (!await context.Slides.AnyAsync(s => s.Id == slideId, cancel))
                    return Problems.NotFound("slide", slideId);
                if (!await context.Models.AnyAsync(m => m.Id == modelId, cancel))
                    return Problems.NotFound("model", modelId);
                // Somebody asked another model about the same slide at the same moment: its features are planned by now, and this prediction goes behind them.
                if (again)
                    throw new InputException("prediction-taken", "The slide is being changed at this moment; ask again.");
            }
        await book.SettleAsync(CancellationToken.None); // the prediction is there, whether or not its client is
        var made = await FindAsync(context, p => p.Prediction.Id == prediction.Id, cancel);
        return made is null ? Problems.NotFound("slide", slideId) : TypedResults.Accepted($"/api/v1/predictions/{prediction.Id}", made);
    }

    // Whether it is here is for the workers to know, which may be elsewhere; but what is no id at all can be nowhere.
    static void RequireEncoder(Model model)
    {
        try
        {
            EncoderCatalog.RequireId(model.EncoderId);
        }
        catch (InputException e)
        {
            throw new FieldException(e.Code, "modelId", $"Model '{model.Name}' cannot be applied to slides: {e.Message}", e);
        }
    }

    static async Task<Ok<Page<PredictionDto>>> ListAsync(
        MhimContext context, [AsParameters] PageQuery page, CancellationToken cancel, Guid[]? slideId = null, Guid? modelId = null, string? predictedClass = null)
    {
        Guid[] slides = slideId ?? [];
        if (slides.Length > MostSlides)
            throw new FieldException(FieldChecks.Code, "slideId", $"'slideId' is said at most {MostSlides} times.");
        var rows = PredictionView.Query(context).Where(p => (slides.Length == 0 || slides.Contains(p.Slide.Id)) && (modelId == null || p.Model.Id == modelId)
            && (predictedClass == null || p.Prediction.PredictedClass == predictedClass));
        return TypedResults.Ok(await Listing.ReadAsync(rows, page, p => p.Dto(), cancel));
    }

    static async Task<Results<Ok<PredictionDto>, ProblemHttpResult>> GetAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await FindAsync(context, p => p.Prediction.Id == id, cancel) is { } found ? TypedResults.Ok(found) : Problems.NotFound("prediction", id);

    static async Task<PredictionDto?> FindAsync(
        MhimContext context, System.Linq.Expressions.Expression<Func<PredictionView, bool>> which, CancellationToken cancel) =>
        (await PredictionView.Query(context).SingleOrDefaultAsync(which, cancel))?.Dto();

    static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> FileAsync(
        Guid id, string file, string type, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        if (await PredictionView.Query(context).SingleOrDefaultAsync(p => p.Prediction.Id == id, cancel) is not { } view)
            return Problems.NotFound("prediction", id);
        var key = $"{view.Prediction.BlobKey}/{file}";
        if (NotReady(view) is { } notReady)
            return notReady;
        return await blobs.FindAsync(key, cancel) is { } path
            ? Etags.File(path, type)
            : Problems.Of(StatusCodes.Status404NotFound, "not-found", $"The prediction has no file {file}.");
    }

    internal static ProblemHttpResult? NotReady(PredictionView view) => view.Job is not { State: not JobState.Succeeded } job ? null
        : Problems.Of(StatusCodes.Status409Conflict, "prediction-not-ready", job.State is JobState.Failed or JobState.Cancelled
            ? $"The prediction ended without a result: {view.Cause?.Error}" : "The prediction is not done yet; ask again when its state is 'succeeded'.");
}
