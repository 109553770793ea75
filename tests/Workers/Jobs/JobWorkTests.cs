using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.Extensions.Configuration;

namespace Mhim.Workers.Tests.Jobs;

public sealed class JobWorkTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-work-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("H-Optimus 0")]
    [InlineData("../up")]
    public async Task Features_of_what_can_be_no_encoder_are_refused_by_their_name(string encoder)
    {
        var data = new DataOptions(folder);
        var contexts = new MhimContextFactory(data);
        await contexts.MigrateAsync();
        var slide = new Slide { Name = "s", FileName = "s.svs", Sha256 = "aa", Vendor = "v", BlobKey = "slides/s", State = SlideState.Processing };
        var job = new Job { Kind = JobKind.Extract, Queue = JobQueues.Gpu, Key = "k", SlideId = slide.Id, Variant = $"{encoder}-0.5-224" };
        await using (var context = contexts.CreateDbContext())
        {
            context.AddRange(slide, job);
            await context.SaveChangesAsync();
        }
        var work = new JobWork(contexts, BlobStore.Of(data), "cpu", new ConfigurationBuilder().Build());
        var refused = await Assert.ThrowsAsync<InputException>(() => work.RunAsync(job.Id, new Progress<StepProgress>(), default));
        Assert.Equal("encoder-unknown", refused.Code);
        Assert.Contains($"'{encoder}'", refused.Message);
    }
}
