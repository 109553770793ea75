using System.IO.Compression;
using Mhim.Api.Hosting;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Workers;
using Mhim.Workers.Models;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Models;

/// <summary>Models: import and look.</summary>
static class ModelsApi
{
    const long LargestFile = 4L << 30;

    static readonly Listing<Model> Listing = new Listing<Model>(m => m.Id).By("createdAt", m => m.CreatedAt).By("name", m => m.Name);

    public static void MapModels(this RouteGroupBuilder api)
    {
        var models = api.MapGroup("/models").WithTags("Models");
        models.MapPost("/", ImportAsync).WithSummary("Import a model folder: its three files, or one zip with them")
            .Accepts<ModelImportForm>("multipart/form-data").WithMetadata(new RequestSizeLimitAttribute(LargestFile)).DisableAntiforgery().WithMetadata(new Creates());
        models.MapGet("/", ListAsync).WithSummary("Models, newest first; sort by createdAt or name");
        models.MapGet("/{id:guid}", GetAsync).WithSummary("One model");
        models.MapGet("/{id:guid}/card", CardAsync).WithSummary("The model's card: cohort, splits, metrics, provenance").Produces(200, contentType: "application/json");
    }

    static async Task<Results<Created<ModelDto>, Ok<ModelDto>, ProblemHttpResult>> ImportAsync(
        HttpRequest request, ModelRegistry registry, BlobStore blobs, CancellationToken cancel)
    {
        using var form = await MultipartUpload.ReadAsync(request, blobs, cancel);
        var checks = new FieldChecks();
        checks.RequireKnown(form.Fields.Keys, "name");
        checks.Require(form.Fields.GetValueOrDefault("name")?.Any(char.IsControl) != true, "name", "'name' is letters, to know the model by.");
        checks.ThrowIfAny();
        if (form.Files is [var zip] && Path.GetExtension(zip.FileName).Equals(".zip", StringComparison.OrdinalIgnoreCase))
            await UnpackAsync(form, zip, blobs, cancel);
        var files = form.Files.Where(f => ModelRegistry.FileNames.Contains(f.FileName)).GroupBy(f => f.FileName).ToDictionary(g => g.Key, g => g.Count() == 1 ? g.First().Blob
            : throw new InputException("model-ambiguous", $"The form holds several files named {g.Key}; send one model at a time."));
        var (model, created) = await registry.ImportAsync(files, form.Fields.GetValueOrDefault("name"), cancel);
        return created ? TypedResults.Created($"/api/v1/models/{model.Id}", ModelDto.Of(model)) : TypedResults.Ok(ModelDto.Of(model));
    }

    // Entries are taken by their file name alone, so no path in the zip leads anywhere.
    static async Task UnpackAsync(MultipartUpload form, UploadedFile zip, BlobStore blobs, CancellationToken cancel)
    {
        try
        {
            using var archive = ZipFile.OpenRead(zip.Blob.Path);
            // Weights hardly compress; what unpacks to more than this is made to fill a disk.
            var most = Math.Min(LargestFile, zip.Blob.Size * 100 + (10 << 20));
            foreach (var name in ModelRegistry.FileNames)
            {
                var found = archive.Entries.Where(entry => entry.Name == name).Take(2).ToList();
                if (found.Count > 1)
                    throw new InputException("model-ambiguous", $"The zip holds several files named {name}; send one model at a time.");
                if (found is not [var entry])
                    continue;
                if (entry.Length > most)
                    throw new InputException("model-too-large", $"{name} in the zip unpacks to more than {most} bytes.");
                await using var content = entry.Open();
                form.Files.Add(new UploadedFile("file", name, await blobs.ReceiveAsync(content, Path.GetExtension(name), cancel, most)));
            }
        }
        catch (InvalidDataException e)
        {
            throw new InputException("model-unreadable", $"'{zip.FileName}' is not a zip that can be read.", e);
        }
    }

    static async Task<Ok<Page<ModelDto>>> ListAsync(
        MhimContext context, [AsParameters] PageQuery page, CancellationToken cancel, string? name = null, string? encoderId = null, Guid? runId = null)
    {
        var rows = context.Models.AsNoTracking()
            .Where(m => (name == null || m.Name == name) && (encoderId == null || m.EncoderId == encoderId) && (runId == null || m.RunId == runId));
        return TypedResults.Ok(await Listing.ReadAsync(rows, page, ModelDto.Of, cancel));
    }

    static async Task<Results<Ok<ModelDto>, ProblemHttpResult>> GetAsync(Guid id, MhimContext context, CancellationToken cancel) =>
        await context.Models.AsNoTracking().SingleOrDefaultAsync(m => m.Id == id, cancel) is { } model
            ? TypedResults.Ok(ModelDto.Of(model))
            : Problems.NotFound("model", id);

    static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> CardAsync(Guid id, MhimContext context, BlobStore blobs, CancellationToken cancel) =>
        await context.Models.AsNoTracking().SingleOrDefaultAsync(m => m.Id == id, cancel) is { } model
            ? Etags.File(await blobs.FetchAsync($"{model.BlobKey}/card.json", cancel), "application/json")
            : Problems.NotFound("model", id);
}
