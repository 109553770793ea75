using System.Globalization;
using System.Security.Claims;
using System.Text;
using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Opinions;

/// <summary>Opinions: agree or disagree with a prediction, read what others said, take it all out as tables.</summary>
static class OpinionsApi
{
    const int LongestComment = 4000;

    static readonly Listing<OpinionView> Listing = new Listing<OpinionView>(o => o.Opinion.Id).By("createdAt", o => o.Opinion.CreatedAt);

    public static void MapOpinions(this RouteGroupBuilder api)
    {
        var own = api.MapGroup("/predictions/{id:guid}").WithTags("Opinions");
        own.MapGet("/opinions", OfPredictionAsync).WithSummary("What people think of a prediction, the first first");
        own.MapPut("/opinion", SayAsync).WithSummary("Agree or disagree with a prediction; said again, it replaces what the same person said before");
        own.MapDelete("/opinion", TakeBackAsync).WithSummary("Take one's own opinion of a prediction back");
        var all = api.MapGroup("/opinions").WithTags("Opinions");
        all.MapGet("/", ListAsync).WithSummary("Opinions, newest first; sort by createdAt");
        all.MapGet("/table.csv", TableAsync).WithSummary("Every opinion as a table").Produces(200, contentType: "text/csv");
        all.MapGet("/labels.csv", LabelsAsync).WithSummary("A label table (case_id, slide_id, label) of the slides on which everybody agrees: all see the same class, and nobody disagrees without saying which they see").Produces(200, contentType: "text/csv");
    }

    static IQueryable<OpinionView> Query(MhimContext context) =>
        from opinion in context.Opinions.AsNoTracking()
        join prediction in context.Predictions on opinion.PredictionId equals prediction.Id
        join slide in context.Slides on prediction.SlideId equals slide.Id
        join model in context.Models on prediction.ModelId equals model.Id
        select new OpinionView { Opinion = opinion, Prediction = prediction, SlideId = slide.Id, SlideName = slide.Name, ModelName = model.Name };

    static async Task<Results<Ok<IReadOnlyList<OpinionDto>>, ProblemHttpResult>> OfPredictionAsync(Guid id, ClaimsPrincipal user, MhimContext context, CancellationToken cancel)
    {
        if (!await context.Predictions.AnyAsync(p => p.Id == id, cancel))
            return Problems.NotFound("prediction", id);
        var rows = await Query(context).Where(o => o.Prediction.Id == id).OrderBy(o => o.Opinion.CreatedAt).ThenBy(o => o.Opinion.Id).ToListAsync(cancel);
        return TypedResults.Ok<IReadOnlyList<OpinionDto>>([.. rows.Select(o => o.Dto(user.Id()))]);
    }

    static async Task<Results<Ok<OpinionDto>, ProblemHttpResult>> SayAsync(Guid id, OpinionRequest request, ClaimsPrincipal user, MhimContext context, CancellationToken cancel)
    {
        var found = await (from prediction in context.Predictions.Where(p => p.Id == id)
                           join model in context.Models on prediction.ModelId equals model.Id
                           select new { prediction.PredictedClass, model.Classes }).AsNoTracking().SingleOrDefaultAsync(cancel);
        if (found is null)
            return Problems.NotFound("prediction", id);
        var checks = new FieldChecks();
        var (label, comment) = (Text(request.Label), Text(request.Comment));
        checks.Require(request.Agrees is not null, "agrees", "'agrees' is true or false.");
        checks.Require(label is null || request.Agrees == false, "label", "Who agrees sees the predicted class; leave 'label' out, or disagree.");
        checks.Require(label is null || found.Classes.Contains(label), "label", found.Classes.Count == 0 ? "The model tells no classes; leave 'label' out." : $"'label' is one of {string.Join(", ", found.Classes)}.");
        checks.Require(label is null || label != found.PredictedClass, "label", "That is the predicted class; agree instead.");
        checks.Require(comment is null || (comment.Length <= LongestComment && !comment.Contains('\0')), "comment", $"'comment' has at most {LongestComment} letters.");
        checks.ThrowIfAny();
        if (found.PredictedClass is null)
            return Problems.Of(StatusCodes.Status409Conflict, "prediction-not-ready", "The prediction is not done yet; there is nothing to agree with.");

        var (who, now) = (user.Id()!, DateTime.UtcNow);
        var agrees = request.Agrees!.Value;
        label = agrees ? found.PredictedClass is "" ? null : found.PredictedClass : label;
        for (var again = false; ; again = true)
        {
            var opinion = await context.Opinions.SingleOrDefaultAsync(o => o.PredictionId == id && o.Principal == who, cancel);
            if (opinion is null)
                context.Opinions.Add(opinion = new Opinion { PredictionId = id, Principal = who, CreatedAt = now });
            (opinion.Name, opinion.Agrees, opinion.Label, opinion.Comment, opinion.ChangedAt) = (user.Called(), agrees, label, comment, now);
            try
            {
                await context.SaveChangesAsync(cancel);
                return TypedResults.Ok((await Query(context).SingleAsync(o => o.Opinion.Id == opinion.Id, cancel)).Dto(who));
            }
            catch (Exception e) when (!again && RowConflict.Is(e))
            {
                context.ChangeTracker.Clear(); // said twice at once
            }
        }
    }

    static string? Text(string? text) => text?.Trim() is { Length: > 0 } words ? words : null;

    static async Task<Results<NoContent, ProblemHttpResult>> TakeBackAsync(Guid id, ClaimsPrincipal user, MhimContext context, CancellationToken cancel)
    {
        var who = user.Id();
        return await context.Opinions.Where(o => o.PredictionId == id && o.Principal == who).ExecuteDeleteAsync(cancel) > 0 ? TypedResults.NoContent()
            : Problems.Of(StatusCodes.Status404NotFound, "opinion-unknown", "There is no opinion of yours on this prediction.");
    }

    static async Task<Ok<Page<OpinionDto>>> ListAsync(MhimContext context, ClaimsPrincipal user, [AsParameters] PageQuery page, CancellationToken cancel,
        Guid? slideId = null, Guid? modelId = null, bool? agrees = null)
    {
        var rows = Query(context).Where(o => (slideId == null || o.SlideId == slideId) && (modelId == null || o.Prediction.ModelId == modelId) && (agrees == null || o.Opinion.Agrees == agrees));
        return TypedResults.Ok(await Listing.ReadAsync(rows, page, o => o.Dto(user.Id()), cancel));
    }

    static async Task<FileContentHttpResult> TableAsync(MhimContext context, CancellationToken cancel, Guid? modelId = null)
    {
        var rows = await RowsAsync(context, modelId, cancel);
        var text = new StringBuilder("slide_id,model,predicted,agrees,label,comment,by,name,changed_at\n");
        foreach (var o in rows)
            Csv.Line(text, o.SlideName, o.ModelName, o.Prediction.PredictedClass, o.Opinion.Agrees ? "yes" : "no", o.Opinion.Label, o.Opinion.Comment, o.Opinion.Principal, o.Opinion.Name,
                o.Opinion.ChangedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        return Csv.File(text, "opinions.csv");
    }

    static async Task<FileContentHttpResult> LabelsAsync(MhimContext context, CancellationToken cancel, Guid? modelId = null)
    {
        var rows = await RowsAsync(context, modelId, cancel);
        string[] names = [.. rows.Select(o => o.SlideName).Distinct()];
        // Whose slide it is, as the cohorts say; those that contradict each other say nothing.
        var patients = (await context.CohortSlides.Where(s => names.Contains(s.Name)).Select(s => new { s.Name, s.Patient }).Distinct().ToListAsync(cancel)).ToLookup(s => s.Name, s => s.Patient);
        var text = new StringBuilder("case_id,slide_id,label\n");
        // Survival models call no class, so nothing that is said of them is about one.
        foreach (var slide in rows.Where(o => o.Prediction.PredictedClass is not "").GroupBy(o => o.SlideName, StringComparer.Ordinal).OrderBy(slide => slide.Key, StringComparer.Ordinal))
            // Who disagrees and names no class has a null here: what they see is not known, but it is not what the others see.
            if (slide.Select(o => o.Opinion.Label).Distinct().ToArray() is [{ } label])
                Csv.Line(text, patients[slide.Key].ToArray() is [var one] ? one : slide.Key, slide.Key, label);
        return Csv.File(text, "labels.csv");
    }

    static async Task<List<OpinionView>> RowsAsync(MhimContext context, Guid? modelId, CancellationToken cancel) =>
        await Query(context).Where(o => modelId == null || o.Prediction.ModelId == modelId).OrderBy(o => o.SlideName).ThenBy(o => o.Opinion.CreatedAt).ThenBy(o => o.Opinion.Id).ToListAsync(cancel);
}
