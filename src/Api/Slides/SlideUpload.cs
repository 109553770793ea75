using System.Globalization;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Workers;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Slides;

/// <summary>What the owner of a slide says of it.</summary>
/// <param name="Name">Its id in label tables; null: the file name without extension.</param>
/// <param name="Mpp">Stated µm per pixel; null: as the file says.</param>
/// <param name="EncoderId">The encoder of its features; null: the service's own choice.</param>
/// <param name="AnyStain">Use it whatever its stain.</param>
sealed record SlideStatements(string? Name, double? Mpp, string? EncoderId, bool AnyStain);

/// <summary>Turns a received file into a slide with its jobs, or refuses it and leaves nothing.</summary>
sealed class SlideUpload(MhimContext context, BlobStore blobs, JobBook book, FeatureSettings settings, UploadOptions options)
{
    /// <summary>What may be said of a slide as it is sent, in a form or in the metadata of tus.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["name", "mpp", "encoder", "anyStain"];

    /// <returns>The slide, and whether it is new: the same content again is the same slide.</returns>
    /// <exception cref="InputException">The file is no slide, its name belongs to another, or the form has a field that is not known.</exception>
    public async Task<(Slide Slide, bool Created)> AcceptAsync(MultipartUpload upload, CancellationToken cancel)
    {
        var checks = new FieldChecks();
        checks.RequireKnown(upload.Fields.Keys, Fields);
        checks.ThrowIfAny();
        var file = upload.Files switch
        {
            [var one] => one,
            [] => throw new InputException("request-unreadable", "The form has no file; send the slide as the part 'file'."),
            _ => throw new InputException("request-unreadable", "The form has several files; send one slide at a time."),
        };
        var mpp = MppOf(upload.Fields.GetValueOrDefault("mpp"));
        var said = new SlideStatements(upload.Fields.GetValueOrDefault("name"), mpp, EncoderOf(upload.Fields.GetValueOrDefault("encoder")),
            AnyStainOf(upload.Fields.GetValueOrDefault("anyStain")));
        return await AcceptAsync(file.Blob, file.FileName, said, cancel);
    }

    /// <summary>Takes a received file: a slide, or a zip with one of several files.</summary>
    /// <param name="blob">Moved when accepted.</param>
    /// <param name="fileName">As its owner calls it.</param>
    /// <param name="said">What its owner says of it.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <param name="id">The new slide's; with it the file is found again where the database went away before its row was there.</param>
    /// <exception cref="InputException">As above.</exception>
    public async Task<(Slide Slide, bool Created)> AcceptAsync(IncomingBlob blob, string fileName, SlideStatements said, CancellationToken cancel, Guid? id = null)
    {
        said = said with { Name = NameOf(said.Name, fileName) };
        if (!Path.GetExtension(fileName).Equals(".zip", StringComparison.OrdinalIgnoreCase))
            return await AcceptAsync(new Received(id, blob.Path, blob.Sha256, blob.Size, fileName, async slide =>
            {
                var key = BlobKeys.SlideFile(slide, BlobStore.SafeExtension(Path.GetExtension(fileName)));
                await blobs.AcceptAsync(blob, key, cancel);
                return key;
            }, key => blobs.TakeBackAsync(key, blob)), said, cancel);
        using var unpacked = await SlideZip.UnpackAsync(blob.Path, fileName, options.Largest, await UploadRoom.LeftAsync(context, blobs, id ?? default), cancel);
        return await AcceptAsync(new Received(id, unpacked.Main, unpacked.Sha256, unpacked.Size, fileName, async slide =>
        {
            var key = BlobKeys.SlideFolder(slide);
            await blobs.AcceptFolderAsync(unpacked.Folder, key, cancel);
            return $"{key}/{Path.GetFileName(unpacked.Main)}";
        }, _ => Task.CompletedTask), said, cancel); // the zip itself has not moved
    }

    /// <param name="Id">Of the slide that it may become; null: a new one.</param>
    /// <param name="Path">What slide readers open.</param>
    /// <param name="Sha256">Of all of it.</param>
    /// <param name="Size">Bytes of all of it.</param>
    /// <param name="FileName">As its owner calls it.</param>
    /// <param name="Keep">Moves it to where slides lie and gives the key of what readers open.</param>
    /// <param name="TakeBack">Moves what moved back from that key, for a slide that did not come to be.</param>
    sealed record Received(Guid? Id, string Path, string Sha256, long Size, string FileName, Func<Guid, Task<string>> Keep, Func<string, Task> TakeBack);

    async Task<(Slide Slide, bool Created)> AcceptAsync(Received file, SlideStatements said, CancellationToken cancel)
    {
        var name = said.Name!;
        if (await FindAsync(file.Sha256, cancel) is { } known)
            return (known, false);
        var slide = Inspect(file, name, said.Mpp);
        (slide.EncoderId, slide.AnyStain) = (said.EncoderId, said.AnyStain);
        if (await context.Slides.AnyAsync(s => s.Name == name, cancel))
            throw NameTaken(name);

        slide.BlobKey = await file.Keep(slide.Id);
        try
        {
            context.Slides.Add(slide);
            if (slide.State == SlideState.Processing)
                await JobPlan.FeaturesAsync(context, slide.Id, SettingsOf(slide, settings), cancel);
            await context.SaveChangesAsync(cancel);
        }
        catch (Exception e)
        {
            context.ChangeTracker.Clear();
            await TakeBackAsync(slide, file);
            // Somebody was faster with the same content or the same name.
            if (RowConflict.Is(e) && await FindAsync(slide.Sha256, cancel) is { } faster)
                return (faster, false);
            if (RowConflict.Is(e) && await context.Slides.AnyAsync(s => s.Name == name, cancel))
                throw NameTaken(name);
            throw;
        }
        await book.SettleAsync(CancellationToken.None); // the slide is there, whether or not its client is
        return (slide, true);
    }

    // Only where the database says that it has no such row: one that went away meanwhile may have kept it. What stays then and has no row is swept in time.
    async Task TakeBackAsync(Slide slide, Received file)
    {
        try
        {
            if (await context.Slides.AnyAsync(s => s.Id == slide.Id, CancellationToken.None))
                return;
            await file.TakeBack(slide.BlobKey);
            await blobs.DiscardAsync(BlobKeys.Slide(slide.Id));
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException or IOException or BlobsAwayException)
        {
            // The error that led here is the one to tell.
        }
    }

    /// <summary>Gives a slide the resolution that its file lacks, and starts its jobs.</summary>
    /// <exception cref="InputException">The number is not plausible; <c>slide-taken</c>: somebody was faster.</exception>
    public async Task SetMppAsync(Slide slide, double mpp, CancellationToken cancel)
    {
        var seen = InspectStep.Inspect(await blobs.FetchSlideAsync(slide, cancel), mpp, slide.FileName);
        (slide.Mpp, slide.MppSource) = (seen.Mpp, seen.MppSource);
        await PrepareAsync(slide, cancel);
    }

    /// <summary>Says whether a slide that failed is to be used whatever its stain, and has it tiled anew.</summary>
    public async Task SetAnyStainAsync(Slide slide, bool anyStain, CancellationToken cancel)
    {
        slide.AnyStain = anyStain;
        await PrepareAsync(slide, cancel);
    }

    async Task PrepareAsync(Slide slide, CancellationToken cancel)
    {
        (slide.State, slide.ProblemCode, slide.Problem) = (SlideState.Processing, null, null);
        var extract = await JobPlan.FeaturesAsync(context, slide.Id, SettingsOf(slide, settings), cancel);
        try
        {
            await context.SaveChangesAsync(cancel);
        }
        catch (Exception e) when (RowConflict.Is(e))
        {
            // Whoever was faster may have said something else, so nothing is decided between the two here.
            throw new InputException("slide-taken", $"Somebody changed slide '{slide.Name}' at the same moment; look at it, then decide.", e);
        }
        if (!await book.RetryAsync(extract.Id, cancel))
            await book.SettleAsync(cancel);
    }

    /// <summary>What is made of a slide: what its owner chose, or the service's own choice.</summary>
    /// <exception cref="InputException">The encoder that its owner chose is not there any more (<see cref="FeatureSettings.For"/>).</exception>
    public static FeatureSettings SettingsOf(Slide slide, FeatureSettings settings) => slide.EncoderId is { } encoder ? FeatureSettings.For(encoder) : settings;

    /// <summary>Reads the choice of an encoder.</summary>
    /// <exception cref="FieldException"><c>encoder-unknown</c>.</exception>
    public static string? EncoderOf(string? given)
    {
        if (string.IsNullOrEmpty(given))
            return null;
        return EncoderCatalog.Ids().Contains(given) ? given
            : throw new FieldException("encoder-unknown", "encoder", $"There is no such encoder; choose one of: {string.Join(", ", EncoderCatalog.Ids())}.");
    }

    /// <summary>Reads a statement on the stain.</summary>
    /// <exception cref="FieldException"><c>request-unreadable</c>.</exception>
    public static bool AnyStainOf(string? given) => given switch
    {
        null or "" => false,
        _ when bool.TryParse(given, out var any) => any,
        _ => throw new FieldException(FieldChecks.Code, "anyStain", "'anyStain' is true or false."),
    };

    static Slide Inspect(Received file, string name, double? mpp)
    {
        var seen = InspectStep.Inspect(file.Path, mpp, file.FileName);
        return new Slide
        {
            Id = file.Id ?? Guid.CreateVersion7(),
            Name = name, FileName = file.FileName, Sha256 = file.Sha256, Size = file.Size, BlobKey = "",
            State = seen.Mpp is null ? SlideState.NeedsMpp : SlideState.Processing,
            ProblemCode = seen.ProblemCode, Problem = seen.Problem, Mpp = seen.Mpp, MppSource = seen.MppSource,
            Vendor = seen.Vendor, Width = seen.Width, Height = seen.Height, Levels = seen.Levels, ObjectivePower = seen.ObjectivePower,
        };
    }

    Task<Slide?> FindAsync(string sha256, CancellationToken cancel) => context.Slides.SingleOrDefaultAsync(s => s.Sha256 == sha256, cancel);

    /// <summary>The slide's id in label tables.</summary>
    /// <exception cref="InputException"><c>request-unreadable</c>.</exception>
    public static string NameOf(string? given, string fileName)
    {
        var name = string.IsNullOrEmpty(given) ? Path.GetFileNameWithoutExtension(fileName) : given;
        return name.Length is > 0 and <= 200 && !name.Any(char.IsControl) && name.IndexOfAny(['/', '\\']) < 0 ? name
            : throw new FieldException(FieldChecks.Code, "name", "The slide's name is 1 to 200 letters without '/' and '\\'.");
    }

    /// <summary>Reads a stated resolution.</summary>
    /// <exception cref="InputException"><c>request-unreadable</c>.</exception>
    public static double? MppOf(string? given) =>
        string.IsNullOrEmpty(given) ? null
        : double.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var mpp) && double.IsFinite(mpp) ? mpp
        : throw new FieldException(FieldChecks.Code, "mpp", "'mpp' is a number, µm per pixel, such as 0.25.");

    static FieldException NameTaken(string name) => new("slide-name-taken", "name",
        $"There is another slide named '{name}', and label tables know slides by their name; give this one its own with the form field 'name'.");
}
