using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Microsoft.EntityFrameworkCore;
using Read = Mhim.Mil.Cohorts.Cohort;

namespace Mhim.Workers.Cohorts;

/// <summary>Takes label tables in: read, counted, and kept among the blobs, so that a run reads the same table again.</summary>
/// <param name="contexts">Makes contexts.</param>
/// <param name="blobs">Where the tables go.</param>
public sealed class CohortRegistry(IDbContextFactory<MhimContext> contexts, BlobStore blobs)
{
    /// <summary>Bytes that a table has at most.</summary>
    public const long LargestTable = 32L << 20;

    /// <summary>Name of the label table in its cohort's folder.</summary>
    public const string Table = "table.csv";
    const string SlideTable = "slides.csv";
    const int LongestId = 300;

    /// <summary>Takes a label table.</summary>
    /// <param name="table">Moved when accepted.</param>
    /// <param name="slideTable">A second table that gives each patient's slides; null: none.</param>
    /// <param name="reading">What the columns do not say.</param>
    /// <param name="name">What people shall call it.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <returns>The cohort, and whether it is new: the same table read in the same way is the same cohort.</returns>
    /// <exception cref="InputException"><c>cohort-*</c>: it cannot be read; <c>cohort-name-taken</c>.</exception>
    public async Task<(Cohort Cohort, bool Created)> ImportAsync(
        IncomingBlob table, IncomingBlob? slideTable, CohortReading reading, string name, CancellationToken cancel)
    {
        RefusePacked(table.Path);
        if (slideTable is not null)
            RefusePacked(slideTable.Path);
        var sha256 = slideTable is null ? table.Sha256
            : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(table.Sha256 + slideTable.Sha256)));
        var readAs = reading.ToJson();
        await using var context = await contexts.CreateDbContextAsync(cancel);
        if (await context.Cohorts.SingleOrDefaultAsync(c => c.Name == name, cancel) is { } known)
            return known.Sha256 == sha256 && known.ReadAs == readAs ? (known, false) : throw NameTaken(name);

        var read = Named(() => reading.Read(table.Path, slideTable?.Path), table.Path, slideTable?.Path);
        var statistics = CohortStatistics.Of(read);
        var cohort = new Cohort
        {
            Name = name, Sha256 = sha256, Task = read.Task.ToString().ToLowerInvariant(), Understood = read.Describe().Replace(Path.GetFileName(table.Path), "the table"),
            ReadAs = readAs, Classes = [.. read.Classes], Patients = statistics.Patients, Slides = statistics.Slides, Statistics = statistics.ToJson(), BlobKey = "",
        };
        cohort.BlobKey = BlobKeys.Cohort(cohort.Id);
        try
        {
            await blobs.AcceptAsync(table, $"{cohort.BlobKey}/{Table}", cancel);
            if (slideTable is not null)
                await blobs.AcceptAsync(slideTable, $"{cohort.BlobKey}/{SlideTable}", cancel);
            context.Cohorts.Add(cohort);
            context.CohortSlides.AddRange(SlidesOf(cohort.Id, read));
            await context.SaveChangesAsync(cancel);
            return (cohort, true);
        }
        catch (Exception e)
        {
            // Cut off in between, the row may have been kept all the same; if not, the folder is swept in time.
            if (!DatabaseAway.Is(e) && e is not OperationCanceledException)
                await blobs.DiscardAsync(cohort.BlobKey);
            context.ChangeTracker.Clear();
            if (e is DbUpdateException && !DatabaseAway.Is(e) && await context.Cohorts.SingleOrDefaultAsync(c => c.Name == name, cancel) is { } faster)
                return faster.Sha256 == sha256 && faster.ReadAs == readAs ? (faster, false) : throw NameTaken(name);
            throw;
        }
    }

    /// <summary>Reads a cohort's table again.</summary>
    /// <param name="cohort">Its row.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    public Task<Read> OpenAsync(Cohort cohort, CancellationToken cancel) => OpenAsync(cohort, blobs, cancel);

    /// <summary>The same without a registry.</summary>
    internal static async Task<Read> OpenAsync(Cohort cohort, BlobStore blobs, CancellationToken cancel) => CohortReading.Parse(cohort.ReadAs)
        .Read(await blobs.FetchAsync($"{cohort.BlobKey}/{Table}", cancel), await blobs.FindAsync($"{cohort.BlobKey}/{SlideTable}", cancel));

    static IEnumerable<CohortSlide> SlidesOf(Guid id, Read cohort)
    {
        var slides = new Dictionary<string, CohortSlide>(StringComparer.Ordinal);
        if (cohort.Classes.FirstOrDefault(name => !IsPlain(name)) is { } label)
            throw new FieldException("cohort-bad-value", "file", $"Class names have 1 to {LongestId} letters and no control characters; '{Start(label)}' is none.");
        foreach (var row in cohort.Rows)
            foreach (var slide in row.SlideIds)
            {
                if (!IsPlain(slide) || !IsPlain(row.PatientId))
                    throw new FieldException("cohort-bad-value", "file",
                        $"Ids of slides and patients have 1 to {LongestId} letters and no control characters; '{Start(IsPlain(slide) ? row.PatientId : slide)}' is none.");
                slides.TryAdd(slide, new CohortSlide
                {
                    CohortId = id, Name = slide, Patient = row.PatientId, Label = row.Label < 0 ? null : cohort.Classes[row.Label],
                    Time = row.Label < 0 && double.IsFinite(row.Time) ? row.Time : null, Event = row.Label < 0 ? row.Event : null,
                });
            }
        return slides.Values;
    }

    static bool IsPlain(string text) => text.Length is > 0 and <= LongestId && !text.Any(char.IsControl);

    static string Start(string text) => new([.. text.Take(40).Where(c => !char.IsControl(c))]);

    // What unpacks may be any size.
    static void RefusePacked(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        if (file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && (start[0], start[1]) is (0x1f, 0x8b) or ((byte)'P', (byte)'K'))
            throw new FieldException("cohort-unreadable", "file", "The table is packed; send it as plain CSV or tab-separated text.");
    }

    // Where the tables lie for now says nothing to whoever sent them.
    static Read Named(Func<Read> read, string table, string? slideTable)
    {
        try
        {
            return read();
        }
        catch (FieldException e)
        {
            string Words(string sentence)
            {
                sentence = sentence.Replace(table, "the table").Replace(Path.GetFileName(table), "the table");
                return slideTable is null ? sentence : sentence.Replace(slideTable, "the slide table").Replace(Path.GetFileName(slideTable), "the slide table");
            }
            throw new FieldException(e.Code, e.Errors.ToDictionary(error => error.Key, error => error.Value.Select(Words).ToArray()), e);
        }
    }

    static FieldException NameTaken(string name) => new("cohort-name-taken", "name", $"There is another cohort named '{name}'; give this one a name of its own.");
}
