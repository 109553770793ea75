using Mhim.Data;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Predictions;

/// <summary>A prediction with the rows that belong to it.</summary>
sealed class PredictionView
{
    public required Prediction Prediction { get; init; }

    public required Slide Slide { get; init; }

    public required Model Model { get; init; }

    /// <summary>Whose slide it is in the cohort that the model was trained on.</summary>
    public string? Patient { get; init; }

    public Job? Job { get; init; }

    public static IQueryable<PredictionView> Query(MhimContext context) =>
        from prediction in context.Predictions.AsNoTracking()
        join slide in context.Slides on prediction.SlideId equals slide.Id
        join model in context.Models on prediction.ModelId equals model.Id
        select new PredictionView
        {
            Prediction = prediction, Slide = slide, Model = model,
            Patient = context.Runs.Where(r => r.Id == model.RunId).Join(context.CohortSlides.Where(s => s.Name == slide.Name), r => r.CohortId, s => s.CohortId, (_, s) => s.Patient).FirstOrDefault(),
            Job = context.Jobs.FirstOrDefault(j => j.PredictionId == prediction.Id && j.Kind == JobKind.Predict),
        };

    public PredictionDto Dto()
    {
        var done = Job is { State: JobState.Succeeded };
        return new PredictionDto(Prediction.Id, Slide.Id, Slide.Name, Patient, Model.Id, Model.Name, Job?.State ?? JobState.Waiting, Job?.Progress ?? 0, Job?.Id,
            Job?.ErrorCode, Job?.Error, done ? Prediction.PredictedClass : null,
            done ? [.. Model.Classes.Zip(Prediction.Probabilities, (name, p) => new ClassProbabilityDto(name, p))] : [],
            done ? [.. Enumerable.Range(1, Prediction.TopTiles)] : [], Prediction.CreatedAt);
    }
}
