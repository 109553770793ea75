using Mhim.Api.Hosting;
using Mhim.Data;
using Mhim.Data.Entities;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Worklist;

/// <summary>The worklist: slides by what most deserves a human look, out of all predictions of classes.</summary>
static class WorklistApi
{
    public static void MapWorklist(this RouteGroupBuilder api) =>
        api.MapGet("/worklist", ListAsync).WithTags("Worklist").WithSummary("Slides with predictions, first what most deserves a human look");

    sealed record Answer(Guid Id, Guid SlideId, string Slide, Guid ModelId, string Model, List<string> Classes, List<double> Probabilities, string Called);

    static async Task<Ok<Page<WorklistItemDto>>> ListAsync(MhimContext context, CancellationToken cancel,
        Word<WorklistOrder>? order = null, bool? seen = null, Guid? modelId = null, string? after = null, int? limit = null)
    {
        var most = new PageQuery { Limit = limit }.Take();
        var by = order?.Value ?? WorklistOrder.Priority;
        var last = after is null ? null : WorklistPlace.Read(after, by);
        var answers = await (from prediction in context.Predictions.AsNoTracking()
                             where prediction.PredictedClass != null && prediction.PredictedClass != ""
                                 && context.Jobs.Any(j => j.PredictionId == prediction.Id && j.Kind == JobKind.Predict && j.State == JobState.Succeeded)
                             join slide in context.Slides on prediction.SlideId equals slide.Id
                             join model in context.Models on prediction.ModelId equals model.Id
                             select new Answer(prediction.Id, slide.Id, slide.Name, model.Id, model.Name, model.Classes, prediction.Probabilities, prediction.PredictedClass!))
            .ToListAsync(cancel);
        var opinions = (await context.Opinions.AsNoTracking().Select(o => new { o.PredictionId, o.Agrees }).ToListAsync(cancel)).ToLookup(o => o.PredictionId, o => o.Agrees);
        var items = answers.Where(a => a.Probabilities.Count == a.Classes.Count && a.Classes.Count > 1)
            .GroupBy(a => (a.SlideId, Question: string.Join('\n', a.Classes)))
            .Where(group => modelId is null || group.Any(a => a.ModelId == modelId))
            .Select(group => Item([.. group], opinions))
            .Where(item => seen is null || item.Seen == seen);
        var rest = items.Select(item => (Item: item, Place: WorklistPlace.Of(item, by))).Where(i => i.Place.CompareTo(last) > 0).OrderBy(i => i.Place).ToList();

        var page = rest.Take(most).Select(i => i.Item).ToList();
        string[] names = [.. page.Select(i => i.SlideName)];
        var patients = (await context.CohortSlides.Where(s => names.Contains(s.Name)).Select(s => new { s.Name, s.Patient }).Distinct().ToListAsync(cancel)).ToLookup(s => s.Name, s => s.Patient);
        return TypedResults.Ok(new Page<WorklistItemDto>([.. page.Select(i => i with { Patient = patients[i.SlideName].Order(StringComparer.Ordinal).FirstOrDefault() })],
            rest.Count > most ? rest[most - 1].Place.Write(by) : null));
    }

    static WorklistItemDto Item(Answer[] answers, ILookup<Guid, bool> opinions)
    {
        var classes = answers[0].Classes;
        double[] mean = [.. Enumerable.Range(0, classes.Count).Select(c => answers.Average(a => a.Probabilities[c]))];
        var largest = Math.Log(classes.Count);
        var uncertainty = Math.Clamp(Entropy(mean) / largest, 0, 1);
        var disagreement = answers.Length == 1 ? 0
            : Math.Clamp((Entropy(mean) - answers.Average(a => Entropy(a.Probabilities))) / Math.Log(Math.Min(classes.Count, answers.Length)), 0, 1);
        var said = answers.SelectMany(a => opinions[a.Id]).ToList();
        return new WorklistItemDto(answers[0].SlideId, answers[0].Slide, null, classes, mean, uncertainty, disagreement,
            [
                .. answers.Select(a => new WorklistAnswerDto(a.Id, a.ModelId, a.Model, a.Called, a.Probabilities.Max()))
                    .OrderByDescending(a => a.Probability).ThenBy(a => a.ModelName, StringComparer.Ordinal),
            ],
            ReasonOf(answers, mean, classes), said.Count(agrees => agrees), said.Count(agrees => !agrees), said.Count > 0);
    }

    static double Entropy(IReadOnlyList<double> p) => -p.Where(x => x > 0).Sum(x => x * Math.Log(x));

    static string ReasonOf(Answer[] answers, double[] mean, List<string> classes)
    {
        var called = answers.GroupBy(a => a.Called).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        if (called.Count > 1)
            return $"{answers.Length} models do not agree: {string.Join(", ", called.Select(g => $"{g.Count()} call {g.Key}"))}.";
        var best = mean.Index().MaxBy(p => p.Item);
        var second = mean.Index().Where(p => p.Index != best.Index).MaxBy(p => p.Item);
        return FormattableString.Invariant(best.Item < 0.65 ? $"Hardly more {classes[best.Index]} ({best.Item:0%}) than {classes[second.Index]} ({second.Item:0%})."
            : best.Item < 0.85 ? (FormattableString)$"{classes[best.Index]} with {best.Item:0%}; {classes[second.Index]} is not ruled out ({second.Item:0%})."
            : $"{(answers.Length switch { 1 => "The model is", 2 => "Both models are", var n => $"All {n} models are" })} rather sure: {classes[best.Index]}, {best.Item:0%}.");
    }
}
