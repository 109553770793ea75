using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Workers.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mhim.Workers.Tests.Jobs;

public sealed class RetentionTests : IDisposable
{
    static readonly DateTime Now = DateTime.UtcNow;
    static readonly TimeSpan Week = TimeSpan.FromDays(7);

    readonly string folder = Directory.CreateTempSubdirectory("mhim-retention-").FullName;
    readonly MhimContextFactory contexts;
    readonly BlobStore blobs;

    public RetentionTests()
    {
        contexts = new MhimContextFactory(new DataOptions(folder));
        contexts.MigrateAsync().Wait();
        blobs = new BlobStore(Path.Combine(folder, "blobs"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    Task SweepAsync(RetentionOptions options) => new RetentionSweep(contexts, blobs, options, NullLogger<RetentionSweep>.Instance).SweepAsync(Now, default);

    async Task<Prediction> PredictionAsync(string name, JobState state, double daysAgo)
    {
        await using var context = contexts.CreateDbContext();
        var slide = new Slide { Name = name, FileName = "s.svs", Sha256 = name, Vendor = "v", BlobKey = "k", State = SlideState.Ready };
        var model = new Model { Name = name, Sha256 = name, BlobKey = "m", EncoderId = "e", Classes = ["a", "b"] };
        var prediction = new Prediction { SlideId = slide.Id, ModelId = model.Id, BlobKey = "" };
        prediction.BlobKey = BlobKeys.Prediction(prediction.Id);
        var finished = state == JobState.Running ? (DateTime?)null : Now.AddDays(-daysAgo);
        var tile = new Job { Kind = JobKind.Tile, Queue = JobQueues.Tiling, Key = $"tile:{name}", SlideId = slide.Id, State = JobState.Succeeded, FinishedAt = Now.AddDays(-daysAgo) };
        var predict = new Job { Kind = JobKind.Predict, Queue = JobQueues.Gpu, Key = $"predict:{name}", SlideId = slide.Id, PredictionId = prediction.Id, AfterId = tile.Id, State = state, FinishedAt = finished };
        context.AddRange(slide, model, prediction, tile, predict);
        await context.SaveChangesAsync();
        Directory.CreateDirectory(blobs.PathOf(prediction.BlobKey));
        File.WriteAllText(Path.Combine(blobs.PathOf(prediction.BlobKey), "heatmap.png"), "");
        return prediction;
    }

    [Fact]
    public async Task Old_predictions_go_with_their_files_and_younger_or_running_ones_stay()
    {
        var old = await PredictionAsync("old", JobState.Succeeded, 8);
        var young = await PredictionAsync("young", JobState.Succeeded, 6);
        var running = await PredictionAsync("running", JobState.Running, 8);
        await SweepAsync(new(null, null, Week));
        await using var context = contexts.CreateDbContext();
        Assert.Equal([.. new[] { young.Id, running.Id }.Order()], await context.Predictions.Select(p => p.Id).OrderBy(id => id).ToListAsync());
        Assert.False(Directory.Exists(blobs.PathOf(old.BlobKey)));
        Assert.True(Directory.Exists(blobs.PathOf(young.BlobKey)) && Directory.Exists(blobs.PathOf(running.BlobKey)));
    }

    [Fact]
    public async Task An_old_prediction_of_which_somebody_has_an_opinion_stays_with_it()
    {
        var (said, silent) = (await PredictionAsync("said", JobState.Succeeded, 8), await PredictionAsync("silent", JobState.Succeeded, 8));
        await using var context = contexts.CreateDbContext();
        context.Opinions.Add(new Opinion { PredictionId = said.Id, Principal = "key:1", Agrees = false, Comment = "Not what I see." });
        await context.SaveChangesAsync();
        await SweepAsync(new(null, null, Week));
        Assert.Equal(said.Id, await context.Predictions.Select(p => p.Id).SingleAsync());
        Assert.Equal("Not what I see.", await context.Opinions.Select(o => o.Comment).SingleAsync());
        Assert.True(Directory.Exists(blobs.PathOf(said.BlobKey)));
        Assert.False(Directory.Exists(blobs.PathOf(silent.BlobKey)));
    }

    [Fact]
    public async Task Old_jobs_go_unless_something_that_stays_hangs_on_them()
    {
        await PredictionAsync("kept", JobState.Succeeded, 8);
        await using var context = contexts.CreateDbContext();
        var slide = await context.Slides.SingleAsync();
        var tile = new Job { Kind = JobKind.Tile, Queue = "tiling", Key = "t", SlideId = slide.Id, State = JobState.Succeeded, FinishedAt = Now.AddDays(-9) };
        context.AddRange(tile,
            new Job { Kind = JobKind.Extract, Queue = "gpu", Key = "e", SlideId = slide.Id, AfterId = tile.Id, State = JobState.Succeeded, FinishedAt = Now.AddDays(-8) },
            new Job { Kind = JobKind.Extract, Queue = "gpu", Key = "young", SlideId = slide.Id, State = JobState.Succeeded, FinishedAt = Now.AddDays(-6) },
            new Job { Kind = JobKind.Extract, Queue = "gpu", Key = "queued", SlideId = slide.Id, State = JobState.Queued });
        await context.SaveChangesAsync();
        await SweepAsync(new(Week, null, null));
        Assert.Equal(["predict:kept", "queued", "tile:kept", "young"], await context.Jobs.Select(j => j.Key).OrderBy(k => k).ToListAsync());
    }

    [Fact]
    public async Task Old_jobs_stay_that_say_why_a_slide_failed_belong_to_a_run_or_are_waited_for()
    {
        await using var context = contexts.CreateDbContext();
        var slides = new[] { SlideState.Failed, SlideState.Ready }.Select(state => new Slide { Name = $"{state}", FileName = "s.svs", Sha256 = $"{state}", Vendor = "v", BlobKey = "k", State = state }).ToList();
        var cohort = new Cohort { Name = "c", Sha256 = "aa", Task = "classification", Understood = "", BlobKey = "k" };
        var run = new Run { Name = "r", CohortId = cohort.Id, Variant = "v", Preset = "mhim-v2", Settings = "{}", BlobKey = "k" };
        Job Old(string key, JobState state = JobState.Succeeded) => new() { Kind = JobKind.Extract, Queue = JobQueues.Gpu, Key = key, State = state, FinishedAt = Now.AddDays(-9) };
        var (reason, gather, before, waiting, other) = (Old("reason", JobState.Failed), Old("gather"), Old("before"), Old("waiting", JobState.Waiting), Old("other", JobState.Cancelled));
        (reason.SlideId, before.SlideId, other.SlideId, gather.RunId, waiting.RunId, waiting.FinishedAt) = (slides[0].Id, slides[1].Id, slides[1].Id, run.Id, run.Id, null);
        context.AddRange([.. slides, cohort, run, reason, gather, before, waiting, other, new JobPrerequisite { JobId = waiting.Id, BeforeId = before.Id }]);
        await context.SaveChangesAsync();
        await SweepAsync(new(Week, null, null));
        Assert.Equal(["before", "gather", "reason", "waiting"], await context.Jobs.Select(j => j.Key).OrderBy(k => k).ToListAsync());
    }

    [Fact]
    public async Task Old_audit_entries_go_and_nothing_goes_that_no_setting_names()
    {
        await using var context = contexts.CreateDbContext();
        foreach (var days in (int[])[8, 6])
            context.Add(new AuditEntry { At = Now.AddDays(-days), Principal = "key:1", Action = "POST", Resource = $"/{days}", Status = 200 });
        await context.SaveChangesAsync();
        await SweepAsync(new(null, null, null));
        Assert.Equal(2, await context.Audit.CountAsync());
        await SweepAsync(new(null, Week, null));
        Assert.Equal(["/6"], await context.Audit.Select(e => e.Resource).ToListAsync());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("a week")]
    public void A_wrong_number_of_days_is_named(string days)
    {
        var e = Assert.Throws<InputException>(() => RetentionOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new("Mhim:Retention:JobsDays", days)]).Build()));
        Assert.Contains("Mhim:Retention:JobsDays", e.Message);
    }
}
