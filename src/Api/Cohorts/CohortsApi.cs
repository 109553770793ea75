using System.Buffers.Text;
using System.Text;
using Mhim.Api.Hosting;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Mil.Reports;
using Mhim.Workers;
using Mhim.Workers.Cohorts;
using Mhim.Workers.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Cohorts;

/// <summary>Cohorts: upload a label table, see how it was understood, which of its slides are here, and how it would be divided.</summary>
static class CohortsApi
{
    const int LongestClasses = 4000;

    static readonly Listing<Cohort> Listing = new Listing<Cohort>(c => c.Id).By("createdAt", c => c.CreatedAt).By("name", c => c.Name);

    public static void MapCohorts(this RouteGroupBuilder api)
    {
        var cohorts = api.MapGroup("/cohorts").WithTags("Cohorts");
        cohorts.MapPost("/", CreateAsync).WithSummary("Upload a label table (a form, or text/csv with the rest as query parameters); the answer says how it was understood")
            .Accepts<CohortForm>("multipart/form-data", "text/csv").WithMetadata(new RequestSizeLimitAttribute(2 * CohortRegistry.LargestTable + (1 << 20)), new Creates()).DisableAntiforgery();
        cohorts.MapGet("/", ListAsync).WithSummary("Cohorts, newest first; sort by createdAt or name");
        cohorts.MapGet("/{id:guid}", GetAsync).WithSummary("One cohort with its statistics, and which of its slides are here");
        cohorts.MapGet("/{id:guid}/slides", SlidesAsync).WithSummary("The slides that a cohort names, by name, with those that the service has");
        cohorts.MapGet("/{id:guid}/splits", SplitsAsync).WithSummary("How a cohort would be divided into folds, by patient or by site");
        cohorts.MapGet("/{id:guid}/survival", SurvivalAsync).WithSummary("Kaplan-Meier curves of a cohort's patients, all and by site");
        cohorts.MapGet("/{id:guid}/table.csv", TableAsync).WithSummary("The label table as it was uploaded").Produces(200, contentType: "text/csv");
        cohorts.MapDelete("/{id:guid}", DeleteAsync).WithSummary("Remove a cohort that no run refers to; its slides stay").WithMetadata(new Guarded());
    }

    static async Task<Results<Created<CohortDto>, Ok<CohortDto>, ProblemHttpResult>> CreateAsync(
        HttpRequest request, MhimContext context, CohortRegistry registry, BlobStore blobs, CancellationToken cancel)
    {
        if (request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
        {
            using var form = await MultipartUpload.ReadAsync(request, blobs, cancel, CohortRegistry.LargestTable);
            var tables = form.Files.Where(f => f.Part == "file").ToList();
            var slideTable = form.Files.FirstOrDefault(f => f.Part == "slideTable");
            var checks = new FieldChecks();
            checks.Require(tables.Count == 1, "file", "The label table is wanted as the part 'file', once.");
            foreach (var other in form.Files.Where(f => f.Part is not ("file" or "slideTable")))
                checks.Require(false, other.Part, $"There is no such part; 'file' and 'slideTable' are taken.");
            checks.ThrowIfAny();
            return await TakeAsync(tables[0].Blob, slideTable?.Blob, tables[0].FileName, form.Fields, context, registry, cancel);
        }
        if (request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() is not ("text/csv" or "text/tab-separated-values" or "text/plain"))
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "media-type", "Send a form (multipart/form-data) with the part 'file', or the table itself as text/csv.");
        IncomingBlob blob;
        try
        {
            blob = await blobs.ReceiveAsync(request.Body, ".csv", cancel, CohortRegistry.LargestTable);
        }
        catch (InvalidDataException)
        {
            return Problems.Of(StatusCodes.Status413PayloadTooLarge, "too-large", $"A label table has at most {CohortRegistry.LargestTable} bytes.");
        }
        using (blob)
            return await TakeAsync(blob, null, null, request.Query.ToDictionary(q => q.Key, q => q.Value.ToString()), context, registry, cancel);
    }

    static async Task<Results<Created<CohortDto>, Ok<CohortDto>, ProblemHttpResult>> TakeAsync(IncomingBlob table, IncomingBlob? slideTable, string? fileName,
        IReadOnlyDictionary<string, string> fields, MhimContext context, CohortRegistry registry, CancellationToken cancel)
    {
        var (name, reading) = Read(fields, fileName);
        var (cohort, created) = await registry.ImportAsync(table, slideTable, reading, name, cancel);
        var dto = CohortDto.Of(cohort, (await SlidesOfAsync(context, [cohort.Id], cancel))[cohort.Id]);
        return created ? TypedResults.Created($"/api/v1/cohorts/{cohort.Id}", dto) : TypedResults.Ok(dto);
    }

    static (string Name, CohortReading Reading) Read(IReadOnlyDictionary<string, string> fields, string? fileName)
    {
        string[] known = ["name", "task", "patientColumn", "slideColumn", "labelColumn", "classes", "timeColumn", "eventColumn", "censorColumn", "siteColumn", "polarityChecked", "bagPer"];
        var checks = new FieldChecks();
        checks.RequireKnown(fields.Keys, known);
        foreach (var (field, value) in fields)
        {
            var most = field == "classes" ? LongestClasses : 200;
            checks.Require(value.Length <= most && !value.Any(char.IsControl), field, $"It has at most {most} letters.");
        }
        string? Of(string field) => fields.GetValueOrDefault(field) is { Length: > 0 } value ? value : null;
        var name = (Of("name") ?? Path.GetFileNameWithoutExtension(fileName))?.Trim();
        checks.Require(name is { Length: > 0 and <= 200 }, "name", "'name' is 1 to 200 letters, to know the cohort by.");
        var polarity = false;
        checks.Require(Of("polarityChecked") is not { } text || bool.TryParse(text, out polarity), "polarityChecked", "'polarityChecked' is true or false.");
        checks.ThrowIfAny();
        return (name!, new CohortReading
        {
            Task = Of("task"), PatientColumn = Of("patientColumn"), SlideColumn = Of("slideColumn"), LabelColumn = Of("labelColumn"), Classes = Of("classes"), TimeColumn = Of("timeColumn"),
            EventColumn = Of("eventColumn"), CensorColumn = Of("censorColumn"), SiteColumn = Of("siteColumn"), PolarityChecked = polarity, BagPer = Of("bagPer"),
        });
    }

    static async Task<Ok<Page<CohortDto>>> ListAsync(
        MhimContext context, [AsParameters] PageQuery page, CancellationToken cancel, string? name = null, string? task = null)
    {
        var (rows, next) = await Listing.ReadAsync(context.Cohorts.AsNoTracking().Where(c => (name == null || c.Name == name) && (task == null || c.Task == task)), page, cancel);
        var slides = await SlidesOfAsync(context, [.. rows.Select(c => c.Id)], cancel);
        return TypedResults.Ok(new Page<CohortDto>([.. rows.Select(c => CohortDto.Of(c, slides[c.Id]))], next));
    }

    static async Task<Results<Ok<CohortDto>, ProblemHttpResult>> GetAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await FindAsync(id, context, cancel) is { } cohort ? TypedResults.Ok(cohort) : Problems.NotFound("cohort", id);

    static async Task<CohortDto?> FindAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await context.Cohorts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancel) is { } cohort
            ? CohortDto.Of(cohort, (await SlidesOfAsync(context, [id], cancel))[id]) : null;

    static async Task<Results<Ok<Page<CohortSlideDto>>, ProblemHttpResult>> SlidesAsync(
        Guid id, MhimContext context, CancellationToken cancel, bool? here = null, Word<SlideState>? state = null, string? after = null, int? limit = null)
    {
        if (!await context.Cohorts.AnyAsync(c => c.Id == id, cancel))
            return Problems.NotFound("cohort", id);
        var most = new PageQuery { Limit = limit }.Take();
        var (last, inState) = (after is null ? "" : NameOf(after), state?.Value);
        var rows = await (from row in context.CohortSlides.AsNoTracking().Where(s => s.CohortId == id && string.Compare(s.Name, last) > 0)
                          join slide in context.Slides on row.Name equals slide.Name into found
                          from slide in found.DefaultIfEmpty()
                          where (here == null || (slide != null) == here) && (inState == null || (slide != null && slide.State == inState))
                          orderby row.Name
                          select new CohortSlideDto(row.Name, row.Patient, row.Label, row.Time, row.Event,
                              slide == null ? (Guid?)null : slide.Id, slide == null ? (SlideState?)null : slide.State)).Take(most + 1).ToListAsync(cancel);
        return TypedResults.Ok(new Page<CohortSlideDto>([.. rows.Take(most)],
            rows.Count > most ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(rows[most - 1].Name)) : null));
    }

    static string NameOf(string after)
    {
        try
        {
            if (Encoding.UTF8.GetString(Base64Url.DecodeFromChars(after)) is { Length: <= 300 } name && !name.Contains('\0'))
                return name;
        }
        catch (FormatException)
        {
        }
        throw new FieldException(FieldChecks.Code, "after", "'after' is the 'next' of another page.");
    }

    static async Task<Results<Ok<SplitsDto>, ProblemHttpResult>> SplitsAsync(Guid id, MhimContext context, RunBook runs, CancellationToken cancel,
        int folds = 5, int seed = 1, double validationShare = 0.2, bool preserveSites = false, bool hereOnly = false)
    {
        if (await context.Cohorts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancel) is not { } cohort)
            return Problems.NotFound("cohort", id);
        var settings = new RunSettings { Folds = folds, Seed = seed, ValidationShare = validationShare, PreserveSites = preserveSites };
        var checks = new FieldChecks();
        settings.Check(checks);
        checks.ThrowIfAny();
        HashSet<string>? here = null;
        if (hereOnly)
            here = [.. await context.CohortSlides.Where(s => s.CohortId == id && context.Slides.Any(slide => slide.Name == s.Name
                && (slide.State == SlideState.Ready || slide.State == SlideState.Processing))).Select(s => s.Name).ToListAsync(cancel)];
        var plan = await runs.PreviewAsync(cohort, here, settings, cancel);
        return TypedResults.Ok(new SplitsDto(plan.Folds, plan.Patients, plan.Checks, here is null ? 0 : cohort.Slides - here.Count));
    }

    static async Task<Results<Ok<CohortSurvivalDto>, ProblemHttpResult>> SurvivalAsync(Guid id, MhimContext context, CohortRegistry registry, CancellationToken cancel)
    {
        if (await context.Cohorts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancel) is not { } cohort)
            return Problems.NotFound("cohort", id);
        if (cohort.Task != "survival")
            return Problems.Of(StatusCodes.Status409Conflict, "cohort-without-times", $"The cohort '{cohort.Name}' has classes and no times, so there is no survival to show.");
        var patients = (await registry.OpenAsync(cohort, cancel)).Rows.Where(row => double.IsFinite(row.Time)).DistinctBy(row => row.PatientId).ToList();
        var sites = patients.Where(row => !string.IsNullOrEmpty(row.Site)).GroupBy(row => row.Site!, StringComparer.Ordinal).OrderBy(site => site.Key, StringComparer.Ordinal).ToList();
        SurvivalGroup Group(string name, IEnumerable<Mil.Cohorts.CohortRow> rows) => SurvivalGroup.Of(name, [.. rows.Select(row => (row.Time, row.Event))]);
        return TypedResults.Ok(new CohortSurvivalDto(patients.Count,
            [Group("All patients", patients), .. sites.Count is >= 2 and <= 6 ? sites.Select(site => Group(site.Key, site)) : []]));
    }

    static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> TableAsync(Guid id, MhimContext context, BlobStore blobs, CancellationToken cancel) =>
        await context.Cohorts.AsNoTracking().Where(c => c.Id == id).Select(c => c.BlobKey).SingleOrDefaultAsync(cancel) is { } key
            ? Etags.File(await blobs.FetchAsync($"{key}/{CohortRegistry.Table}", cancel), "text/csv; charset=utf-8") : Problems.NotFound("cohort", id);

    static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, HttpContext http, MhimContext context, BlobStore blobs, CancellationToken cancel)
    {
        if (await FindAsync(id, context, cancel) is not { } cohort)
            return Problems.NotFound("cohort", id);
        if (Etags.Differs(http, cohort) is { } differs)
            return differs;
        await blobs.CheckAsync(cancel); // before the row goes: what is said to be removed is removed
        try
        {
            if (await context.Cohorts.Where(c => c.Id == id && !context.Runs.Any(r => r.CohortId == id)).ExecuteDeleteAsync(cancel) == 0)
                return InUse(cohort.Name);
        }
        catch (Exception e) when (RowConflict.Is(e))
        {
            return InUse(cohort.Name); // a run came in between
        }
        await blobs.DeleteAsync(BlobKeys.Cohort(id), CancellationToken.None);
        return TypedResults.NoContent();
    }

    static ProblemHttpResult InUse(string name) =>
        Problems.Of(StatusCodes.Status409Conflict, "cohort-in-use", $"Runs refer to the cohort '{name}', and could not be read without it; remove them first.");

    /// <summary>How many slides of each cohort are here, in one question.</summary>
    static async Task<Dictionary<Guid, CohortSlidesDto>> SlidesOfAsync(MhimContext context, Guid[] ids, CancellationToken cancel)
    {
        var counts = await (from row in context.CohortSlides.Where(s => ids.Contains(s.CohortId))
                            join slide in context.Slides on row.Name equals slide.Name into found
                            from slide in found.DefaultIfEmpty()
                            group row by new { row.CohortId, State = slide == null ? (SlideState?)null : slide.State } into rows
                            select new { rows.Key.CohortId, rows.Key.State, Count = rows.Count() }).ToListAsync(cancel);
        return ids.ToDictionary(id => id, id =>
        {
            int Count(params SlideState?[] states) => counts.Where(c => c.CohortId == id && states.Contains(c.State)).Sum(c => c.Count);
            return new CohortSlidesDto(Count(SlideState.Ready), Count(SlideState.Processing), Count(SlideState.NeedsMpp, SlideState.Failed), Count((SlideState?)null));
        });
    }
}
