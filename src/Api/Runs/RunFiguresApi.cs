using Mhim.Api.Hosting;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Runs;

/// <summary>The numbers behind a run's figures, and one run against another.</summary>
static class RunFiguresApi
{
    public static void MapRunFigures(this RouteGroupBuilder runs)
    {
        runs.MapGet("/{id:guid}/figures", FiguresAsync).WithSummary("The numbers behind the figures: curves, confusion, survival by risk, the cases most wrongly called, training");
        runs.MapGet("/{id:guid}/against/{other:guid}", AgainstAsync).WithSummary("A run against another on the held-out cases that both have, with p-values");
    }

    static async Task<Results<Ok<RunFiguresDto>, ProblemHttpResult>> FiguresAsync(Guid id, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        if (await context.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } run)
            return Problems.NotFound("run", id);
        if (await RunsApi.NotReadyAsync(context, id, cancel) is { } notReady)
            return notReady;
        var figures = RunFigures.Of(RunFolder.Read(await blobs.FetchFolderAsync(run.BlobKey, cancel)));
        string[] cases = [.. figures.Models.SelectMany(m => m.MostWrong).Select(c => c.Id).Distinct()];
        // A case is a slide, or all slides of a patient.
        var slides = await (from row in context.CohortSlides.Where(s => s.CohortId == run.CohortId && (cases.Contains(s.Name) || cases.Contains(s.Patient)))
                            join slide in context.Slides on row.Name equals slide.Name
                            orderby row.Name
                            select new { row.Patient, row.Name, slide.Id }).ToListAsync(cancel);
        Guid[] ids = [.. slides.Select(s => s.Id)];
        var predictions = await (from prediction in context.Predictions.Where(p => ids.Contains(p.SlideId) && p.PredictedClass != null)
                                 join model in context.Models.Where(m => m.RunId == id) on prediction.ModelId equals model.Id
                                 orderby prediction.CreatedAt
                                 select new { prediction.SlideId, prediction.Id, model.RunModel }).ToListAsync(cancel);
        return TypedResults.Ok(new RunFiguresDto(figures,
        [
            .. from one in cases
               from slide in slides.Where(s => s.Name == one) is var same && same.Any() ? same : slides.Where(s => s.Patient == one)
               select new CaseSlideDto(one, slide.Id, slide.Name,
                   [.. predictions.Where(p => p.SlideId == slide.Id).Select(p => new CasePredictionDto(p.Id, p.RunModel ?? ""))]),
        ]));
    }

    static async Task<Results<Ok<RunComparisonDto>, ProblemHttpResult>> AgainstAsync(Guid id, Guid other, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        var runs = await context.Runs.AsNoTracking().Where(r => r.Id == id || r.Id == other).ToListAsync(cancel);
        foreach (var one in (Guid[])[id, other])
            if (!runs.Exists(r => r.Id == one))
                return Problems.NotFound("run", one);
        if (id == other)
            return Problems.Of(StatusCodes.Status422UnprocessableEntity, "runs-not-comparable", "That is the same run; choose another one.");
        if (await RunsApi.NotReadyAsync(context, id, cancel) is { } here)
            return here;
        if (await RunsApi.NotReadyAsync(context, other, cancel) is { } there)
            return there;
        var (first, second) = (runs.Single(r => r.Id == id), runs.Single(r => r.Id == other));
        var comparison = RunComparison.Of(RunFolder.Read(await blobs.FetchFolderAsync(first.BlobKey, cancel)), RunFolder.Read(await blobs.FetchFolderAsync(second.BlobKey, cancel)));
        return TypedResults.Ok(new RunComparisonDto(id, first.Name, other, second.Name, comparison));
    }
}

/// <summary>The numbers behind a run's figures.</summary>
/// <param name="Figures">Of each model.</param>
/// <param name="Slides">Where the cases most wrongly called can be looked at.</param>
public sealed record RunFiguresDto(RunFigures Figures, IReadOnlyList<CaseSlideDto> Slides);

/// <summary>A slide of a case.</summary>
/// <param name="Case">Id of the case.</param>
/// <param name="SlideId">The slide.</param>
/// <param name="Name">The slide's name.</param>
/// <param name="Predictions">By models of this run that were taken over.</param>
public sealed record CaseSlideDto(string Case, Guid SlideId, string Name, IReadOnlyList<CasePredictionDto> Predictions);

/// <summary>A prediction by a model of the run.</summary>
/// <param name="Id">The prediction.</param>
/// <param name="RunModel">Which model, such as fold-0/mhim.</param>
public sealed record CasePredictionDto(Guid Id, string RunModel);

/// <summary>A run against another.</summary>
/// <param name="RunId">The run.</param>
/// <param name="RunName">Its name.</param>
/// <param name="OtherId">The other.</param>
/// <param name="OtherName">The other's name.</param>
/// <param name="Comparison">On the cases that both have; "here" is the run, "there" the other.</param>
public sealed record RunComparisonDto(Guid RunId, string RunName, Guid OtherId, string OtherName, RunComparison Comparison);
