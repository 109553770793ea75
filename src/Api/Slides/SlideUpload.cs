using System.Globalization;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Slides;

/// <summary>Turns a received file into a slide with its jobs, or refuses it and leaves nothing.</summary>
sealed class SlideUpload(MhimContext context, BlobStore blobs, JobBook book, FeatureSettings settings)
{
    /// <returns>The slide, and whether it is new: the same content again is the same slide.</returns>
    /// <exception cref="InputException">The file is no slide, or its name belongs to another.</exception>
    public async Task<(Slide Slide, bool Created)> AcceptAsync(MultipartUpload upload, CancellationToken cancel)
    {
        var file = upload.Files switch
        {
            [var one] => one,
            [] => throw new InputException("request-unreadable", "The form has no file; send the slide as the part 'file'."),
            _ => throw new InputException("request-unreadable", "The form has several files; send one slide at a time."),
        };
        var name = NameOf(upload.Fields.GetValueOrDefault("name"), file.FileName);
        var mpp = MppOf(upload.Fields.GetValueOrDefault("mpp"));
        if (await FindAsync(file.Blob.Sha256, cancel) is { } known)
            return (known, false);
        var slide = Inspect(file, name, mpp);
        if (await context.Slides.AnyAsync(s => s.Name == name, cancel))
            throw NameTaken(name);

        slide.BlobKey = BlobKeys.SlideFile(slide.Id, BlobStore.SafeExtension(Path.GetExtension(file.FileName)));
        blobs.Accept(file.Blob, slide.BlobKey);
        try
        {
            context.Slides.Add(slide);
            if (slide.State == SlideState.Processing)
                await JobPlan.FeaturesAsync(context, slide.Id, settings, cancel);
            await context.SaveChangesAsync(cancel);
        }
        catch (Exception e)
        {
            blobs.Delete(BlobKeys.Slide(slide.Id));
            if (e is not DbUpdateException)
                throw;
            // Somebody was faster with the same content or the same name.
            context.ChangeTracker.Clear();
            return (await FindAsync(slide.Sha256, cancel) ?? throw NameTaken(name), false);
        }
        await book.SettleAsync(cancel);
        return (slide, true);
    }

    /// <summary>Gives a slide the resolution that its file lacks, and starts its jobs.</summary>
    /// <exception cref="InputException">The number is not plausible.</exception>
    public async Task SetMppAsync(Slide slide, double mpp, CancellationToken cancel)
    {
        var seen = InspectStep.Inspect(blobs.PathOf(slide.BlobKey), mpp, slide.FileName);
        (slide.Mpp, slide.MppSource) = (seen.Mpp, seen.MppSource);
        (slide.State, slide.ProblemCode, slide.Problem) = (SlideState.Processing, null, null);
        var extract = await JobPlan.FeaturesAsync(context, slide.Id, settings, cancel);
        await context.SaveChangesAsync(cancel);
        if (!await book.RetryAsync(extract.Id, cancel))
            await book.SettleAsync(cancel);
    }

    static Slide Inspect(UploadedFile file, string name, double? mpp)
    {
        var seen = InspectStep.Inspect(file.Blob.Path, mpp, file.FileName);
        return new Slide
        {
            Name = name, FileName = file.FileName, Sha256 = file.Blob.Sha256, Size = file.Blob.Size, BlobKey = "",
            State = seen.Mpp is null ? SlideState.NeedsMpp : SlideState.Processing,
            ProblemCode = seen.ProblemCode, Problem = seen.Problem, Mpp = seen.Mpp, MppSource = seen.MppSource,
            Vendor = seen.Vendor, Width = seen.Width, Height = seen.Height, Levels = seen.Levels, ObjectivePower = seen.ObjectivePower,
        };
    }

    Task<Slide?> FindAsync(string sha256, CancellationToken cancel) => context.Slides.SingleOrDefaultAsync(s => s.Sha256 == sha256, cancel);

    static string NameOf(string? given, string fileName)
    {
        var name = string.IsNullOrEmpty(given) ? Path.GetFileNameWithoutExtension(fileName) : given;
        return name.Length is > 0 and <= 200 && !name.Any(char.IsControl) && name.IndexOfAny(['/', '\\']) < 0 ? name
            : throw new InputException("request-unreadable", "The slide's name is 1 to 200 letters without '/' and '\\'.");
    }

    static double? MppOf(string? given) =>
        string.IsNullOrEmpty(given) ? null
        : double.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var mpp) && double.IsFinite(mpp) ? mpp
        : throw new InputException("request-unreadable", "'mpp' is a number, µm per pixel, such as 0.25.");

    static InputException NameTaken(string name) => new("slide-name-taken",
        $"There is another slide named '{name}', and label tables know slides by their name; give this one its own with the form field 'name'.");
}
