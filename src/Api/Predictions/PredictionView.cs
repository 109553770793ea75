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

    /// <summary>The job of its features, which comes before its own.</summary>
    public Job? Extract { get; init; }

    /// <summary>The job of its tiles, which comes before that.</summary>
    public Job? Tile { get; init; }

    /// <summary>The job that tells why it failed: the first of the three that did, as the others could then not begin.</summary>
    public Job? Cause => Job is { State: JobState.Failed, ErrorCode: "prerequisite-failed" }
        ? ((Job?[])[Tile, Extract]).FirstOrDefault(before => before is { State: JobState.Failed or JobState.Cancelled }) ?? Job : Job;

    public static IQueryable<PredictionView> Query(MhimContext context) =>
        from prediction in context.Predictions.AsNoTracking()
        join slide in context.Slides on prediction.SlideId equals slide.Id
        join model in context.Models on prediction.ModelId equals model.Id
        join predict in context.Jobs.Where(j => j.Kind == JobKind.Predict) on prediction.Id equals predict.PredictionId into own
        from job in own.DefaultIfEmpty()
        join before in context.Jobs on job!.AfterId equals before.Id into extracts
        from extract in extracts.DefaultIfEmpty()
        join first in context.Jobs on extract!.AfterId equals first.Id into tiles
        from tile in tiles.DefaultIfEmpty()
        select new PredictionView
        {
            Prediction = prediction, Slide = slide, Model = model, Job = job, Extract = extract, Tile = tile,
            Patient = context.Runs.Where(r => r.Id == model.RunId).Join(context.CohortSlides.Where(s => s.Name == slide.Name), r => r.CohortId, s => s.CohortId, (_, s) => s.Patient).FirstOrDefault(),
        };

    public PredictionDto Dto()
    {
        var done = Job is { State: JobState.Succeeded };
        return new PredictionDto(Prediction.Id, Slide.Id, Slide.Name, Patient, Model.Id, Model.Name, Job?.State ?? JobState.Waiting, Job?.Progress ?? 0, Job?.Id,
            Cause?.ErrorCode, Cause?.Error, done ? Prediction.PredictedClass : null,
            done ? [.. Model.Classes.Zip(Prediction.Probabilities, (name, p) => new ClassProbabilityDto(name, p))] : [],
            done ? [.. Enumerable.Range(1, Prediction.TopTiles)] : [], Prediction.CreatedAt);
    }
}
