using System.Reflection;
using Mhim.Api.Hosting;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Workers.Pipeline;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Predictions.Report;

/// <summary>The report of a prediction, drawn when it is asked for: opinions come and go.</summary>
static class PredictionReportApi
{
    static readonly string Version = typeof(PredictionReportApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetAsync(Guid id, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        if (await PredictionView.Query(context).SingleOrDefaultAsync(p => p.Prediction.Id == id, cancel) is not { } view)
            return Problems.NotFound("prediction", id);
        if (PredictionsApi.NotReady(view) is { } notReady)
            return notReady;
        var folder = await blobs.FetchFolderAsync(view.Prediction.BlobKey, cancel);
        if (PredictionSummary.Read(folder) is not { } result)
            return Problems.Of(StatusCodes.Status404NotFound, "not-found", $"The prediction has no file {PredictionFiles.Summary}.");
        var run = view.Model.RunId is { } runId
            ? await (from r in context.Runs.Where(r => r.Id == runId) join c in context.Cohorts on r.CohortId equals c.Id select new { Run = r.Name, Cohort = c.Name }).SingleOrDefaultAsync(cancel) : null;
        var opinions = await context.Opinions.AsNoTracking().Where(o => o.PredictionId == id).OrderBy(o => o.CreatedAt).ThenBy(o => o.Id).ToListAsync(cancel);
        var thumbnail = await blobs.FindAsync(BlobKeys.Thumbnail(view.Slide.Id), cancel);
        var content = new ReportContent(id, view.Prediction.CreatedAt, result, await CardOfAsync(blobs, view.Model, cancel), view.Model.Name, view.Patient, run is null ? null : (run.Run, run.Cohort), view.Slide.Vendor, folder,
            thumbnail, [.. opinions.Select(o => (o.Name ?? (o.Principal == "open" ? "Somebody" : o.Principal), o.Agrees, o.Label, o.Comment, o.ChangedAt))], Version.Split('+')[0]);
        var pdf = await Task.Run(() => PredictionReport.Render(content), cancel);
        return TypedResults.File(pdf, "application/pdf", $"{new string([.. view.Slide.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')])}.pdf");
    }

    static async Task<ModelCard?> CardOfAsync(BlobStore blobs, Model model, CancellationToken cancel)
    {
        try
        {
            return ModelCard.Read(Path.GetDirectoryName(await blobs.FetchAsync($"{model.BlobKey}/card.json", cancel))!);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
