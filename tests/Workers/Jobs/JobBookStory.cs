using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Tests.Jobs;

/// <summary>A job book on a database of its own, and what it announces.</summary>
public abstract class JobBookStory : IDisposable, IJobQueue
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-book-").FullName;
    protected readonly MhimContextFactory contexts;
    protected readonly JobBook book;
    protected readonly List<Guid> announced = [];

    protected JobBookStory()
    {
        contexts = new MhimContextFactory(new DataOptions(folder));
        contexts.MigrateAsync().Wait();
        book = new JobBook(contexts, this);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    void IJobQueue.Enqueue(Guid jobId, string queue)
    {
        lock (announced)
            announced.Add(jobId);
    }

    long IJobQueue.Count(string queue) => announced.Count;

    protected async Task<(Guid Slide, Guid Tile, Guid Extract)> UploadAsync()
    {
        await using var context = contexts.CreateDbContext();
        var slide = new Slide { Name = "s", FileName = "s.svs", Sha256 = "aa", Vendor = "v", BlobKey = "k", State = SlideState.Processing };
        context.Add(slide);
        var extract = await JobPlan.FeaturesAsync(context, slide.Id, new FeatureSettings(), default);
        await context.SaveChangesAsync();
        await book.SettleAsync(default);
        return (slide.Id, extract.AfterId!.Value, extract.Id);
    }

    protected async Task EndAsync(Guid job, JobOutcome outcome) => await book.FinishAsync(job, (await book.ClaimAsync(job, default))!.Lease, outcome, default);

    protected async Task<Job> JobAsync(Guid id)
    {
        await using var context = contexts.CreateDbContext();
        return await context.Jobs.AsNoTracking().SingleAsync(j => j.Id == id);
    }

    protected async Task<Slide> SlideAsync()
    {
        await using var context = contexts.CreateDbContext();
        return await context.Slides.AsNoTracking().SingleAsync();
    }
}
