using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Tests.Jobs;

public sealed class JobBookTests : IDisposable, IJobQueue
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-book-").FullName;
    readonly MhimContextFactory contexts;
    readonly JobBook book;
    readonly List<Guid> announced = [];

    public JobBookTests()
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

    async Task<(Guid Slide, Guid Tile, Guid Extract)> UploadAsync()
    {
        await using var context = contexts.CreateDbContext();
        var slide = new Slide { Name = "s", FileName = "s.svs", Sha256 = "aa", Vendor = "v", BlobKey = "k", State = SlideState.Processing };
        context.Add(slide);
        var extract = await JobPlan.FeaturesAsync(context, slide.Id, new FeatureSettings(), default);
        await context.SaveChangesAsync();
        await book.SettleAsync(default);
        return (slide.Id, extract.AfterId!.Value, extract.Id);
    }

    async Task EndAsync(Guid job, JobOutcome outcome) => await book.FinishAsync(job, (await book.ClaimAsync(job, default))!.Lease, outcome, default);

    async Task<Job> JobAsync(Guid id)
    {
        await using var context = contexts.CreateDbContext();
        return await context.Jobs.AsNoTracking().SingleAsync(j => j.Id == id);
    }

    async Task<Slide> SlideAsync()
    {
        await using var context = contexts.CreateDbContext();
        return await context.Slides.AsNoTracking().SingleAsync();
    }

    [Fact]
    public async Task A_job_waits_for_the_one_before_it()
    {
        var (_, tile, extract) = await UploadAsync();
        Assert.Equal([tile], announced);
        Assert.Null(await book.ClaimAsync(extract, default));
        await EndAsync(tile, JobOutcome.Success);
        Assert.Equal([tile, extract], announced);
        await EndAsync(extract, JobOutcome.Success);
        Assert.Equal(SlideState.Ready, (await SlideAsync()).State);
    }

    [Fact]
    public async Task Of_many_workers_one_gets_the_job()
    {
        var (_, tile, _) = await UploadAsync();
        var leases = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => book.ClaimAsync(tile, default))));
        Assert.Single(leases, lease => lease is not null);
    }

    [Fact]
    public async Task Asking_twice_adds_no_second_row()
    {
        var (slide, _, extract) = await UploadAsync();
        await using var context = contexts.CreateDbContext();
        Assert.Equal(extract, (await JobPlan.FeaturesAsync(context, slide, new FeatureSettings(), default)).Id);
        Assert.Equal(0, await context.SaveChangesAsync());
    }

    [Fact]
    public async Task A_failure_ends_what_builds_upon_it_and_the_slide_says_why()
    {
        var (_, tile, extract) = await UploadAsync();
        await EndAsync(tile, JobOutcome.Failure("no-tissue", "No tissue."));
        Assert.Equal(JobSettling.PrerequisiteFailed, (await JobAsync(extract)).ErrorCode);
        var slide = await SlideAsync();
        Assert.Equal((SlideState.Failed, "no-tissue", "No tissue."), (slide.State, slide.ProblemCode, slide.Problem));
    }

    [Fact]
    public async Task A_retry_revives_the_whole_chain_from_either_end()
    {
        var (_, tile, extract) = await UploadAsync();
        foreach (var retried in (Guid[])[tile, extract])
        {
            await EndAsync(tile, JobOutcome.Failure("no-tissue", "No tissue."));
            Assert.True(await book.RetryAsync(retried, default));
            Assert.Equal(JobState.Queued, (await JobAsync(tile)).State);
            Assert.Equal(JobState.Waiting, (await JobAsync(extract)).State);
            Assert.Equal(SlideState.Processing, (await SlideAsync()).State);
        }
        Assert.False(await book.RetryAsync(tile, default));
        Assert.False(await book.RetryAsync(Guid.NewGuid(), default));
    }

    [Fact]
    public async Task Without_the_lease_nothing_is_written()
    {
        var (_, tile, _) = await UploadAsync();
        var lease = (await book.ClaimAsync(tile, default))!.Lease;
        await book.FinishAsync(tile, Guid.NewGuid(), JobOutcome.Success, default);
        Assert.False(await book.BeatAsync(tile, Guid.NewGuid(), 0.5, "x", default));
        Assert.True(await book.BeatAsync(tile, lease, 0.5, "x", default));
        var job = await JobAsync(tile);
        Assert.Equal((JobState.Running, 0.5, "x"), (job.State, job.Progress, job.Step));
    }

    [Fact]
    public async Task A_lost_job_is_put_back_until_it_has_lost_too_many_workers()
    {
        var (_, tile, _) = await UploadAsync();
        for (var loss = 1; loss <= JobBook.MostLosses; loss++)
        {
            Assert.Equal(JobState.Queued, (await JobAsync(tile)).State);
            var lease = (await book.ClaimAsync(tile, default))!.Lease;
            await book.RecoverAsync(TimeSpan.FromMinutes(1), default);
            Assert.Equal(JobState.Running, (await JobAsync(tile)).State); // seen lately
            await book.RecoverAsync(TimeSpan.Zero, default);
            await book.FinishAsync(tile, lease, JobOutcome.Success, default); // the old worker comes back too late
        }
        Assert.Equal("workers-lost", (await JobAsync(tile)).ErrorCode);
        Assert.True(await book.RetryAsync(tile, default));
        Assert.Equal((JobState.Queued, 0), ((await JobAsync(tile)).State, (await JobAsync(tile)).Attempts));
    }

    [Fact]
    public async Task A_job_whose_workers_are_killed_often_is_done_all_the_same()
    {
        var (_, tile, _) = await UploadAsync();
        for (var loss = 1; loss <= 15; loss++)
        {
            Assert.NotNull(await book.ClaimAsync(tile, default));
            await book.RecoverAsync(TimeSpan.Zero, default);
        }
        await book.FinishAsync(tile, (await book.ClaimAsync(tile, default))!.Lease, JobOutcome.Success, default);
        Assert.Equal(JobState.Succeeded, (await JobAsync(tile)).State);
    }

    [Fact]
    public async Task A_job_that_fails_by_itself_is_not_tried_again()
    {
        var (_, crashing, _) = await UploadAsync();
        await book.FinishAsync(crashing, (await book.ClaimAsync(crashing, default))!.Lease, JobOutcome.Failure("crashed", "It crashed."), default);
        await book.RecoverAsync(TimeSpan.Zero, default);
        Assert.Equal((JobState.Failed, 1), ((await JobAsync(crashing)).State, (await JobAsync(crashing)).Attempts));
        Assert.Null(await book.ClaimAsync(crashing, default));
    }

    [Fact]
    public async Task A_running_job_is_told_to_end_and_a_waiting_one_ends_at_once()
    {
        var (_, tile, extract) = await UploadAsync();
        var lease = (await book.ClaimAsync(tile, default))!.Lease;
        Assert.True(await book.CancelAsync(tile, default));
        Assert.False(await book.BeatAsync(tile, lease, 0, null, default));
        await book.FinishAsync(tile, lease, JobOutcome.Cancelled, default);
        Assert.Equal(JobState.Cancelled, (await JobAsync(tile)).State);
        Assert.Equal(JobState.Failed, (await JobAsync(extract)).State);
        Assert.False(await book.CancelAsync(tile, default));
        await book.RetryAsync(tile, default);
        Assert.True(await book.CancelAsync(extract, default));
        Assert.Equal(JobState.Cancelled, (await JobAsync(extract)).State);
    }

    [Fact]
    public async Task A_worker_that_is_shut_down_gives_its_job_back_without_counting_the_attempt()
    {
        var (_, tile, _) = await UploadAsync();
        await book.ReleaseAsync(tile, (await book.ClaimAsync(tile, default))!.Lease, default);
        var job = await JobAsync(tile);
        Assert.Equal((JobState.Queued, 0), (job.State, job.Attempts));
    }

    [Fact]
    public async Task A_run_waits_for_all_of_its_slides_and_its_pool_for_all_of_its_folds()
    {
        var (slide, tile, extract) = await UploadAsync();
        var run = await PlanRunAsync(slide);
        async Task<string> StatesAsync()
        {
            await using var context = contexts.CreateDbContext();
            return string.Join(' ', (await context.Jobs.AsNoTracking().Where(j => j.RunId == run.Id).ToListAsync()).OrderBy(j => j.Kind).ThenBy(j => j.Fold).Select(j => j.State));
        }
        async Task<Guid> IdAsync(JobKind kind, int? fold = null)
        {
            await using var context = contexts.CreateDbContext();
            return await context.Jobs.Where(j => j.RunId == run.Id && j.Kind == kind && j.Fold == fold).Select(j => j.Id).SingleAsync();
        }
        Assert.Equal("Waiting Waiting Waiting Waiting", await StatesAsync());
        await EndAsync(tile, JobOutcome.Success);
        await EndAsync(extract, JobOutcome.Failure("slide-unreadable", "Broken."));
        Assert.Equal("Failed Failed Failed Failed", await StatesAsync());
        // Retried from its end, it takes along what it needs, the slide's features too.
        Assert.True(await book.RetryAsync(await IdAsync(JobKind.Pool), default));
        Assert.Equal("Waiting Waiting Waiting Waiting", await StatesAsync());
        Assert.Equal(JobState.Queued, (await JobAsync(extract)).State);
        await EndAsync(extract, JobOutcome.Success);
        Assert.Equal("Queued Waiting Waiting Waiting", await StatesAsync());
        await EndAsync(await IdAsync(JobKind.Gather), JobOutcome.Success);
        Assert.Equal("Succeeded Queued Queued Waiting", await StatesAsync());
        await EndAsync(await IdAsync(JobKind.Train, 0), JobOutcome.Success);
        Assert.Equal("Succeeded Succeeded Queued Waiting", await StatesAsync());
        await EndAsync(await IdAsync(JobKind.Train, 1), JobOutcome.Failure("killed", "Killed."));
        Assert.Equal("Succeeded Succeeded Failed Failed", await StatesAsync());
        await book.RetryAsync(await IdAsync(JobKind.Train, 1), default);
        Assert.Equal("Succeeded Succeeded Queued Waiting", await StatesAsync());
        await EndAsync(await IdAsync(JobKind.Train, 1), JobOutcome.Success);
        Assert.Equal("Succeeded Succeeded Succeeded Queued", await StatesAsync());
    }

    [Fact]
    public async Task Removing_a_slide_ends_no_wait_without_an_answer()
    {
        var (slide, _, _) = await UploadAsync();
        var run = await PlanRunAsync(slide);
        await using var context = contexts.CreateDbContext();
        await context.Slides.Where(s => s.Id == slide).ExecuteDeleteAsync();
        await book.SettleAsync(default);
        // The gathering begins and will say that slides were removed.
        Assert.Equal(JobState.Queued, (await context.Jobs.AsNoTracking().SingleAsync(j => j.RunId == run.Id && j.Kind == JobKind.Gather)).State);
        await context.Runs.Where(r => r.Id == run.Id).ExecuteDeleteAsync();
        Assert.Equal(0, await context.Jobs.CountAsync());
        Assert.Equal(0, await context.JobPrerequisites.CountAsync());
    }

    async Task<Run> PlanRunAsync(Guid slide)
    {
        await using var context = contexts.CreateDbContext();
        var cohort = new Cohort { Name = "c", Sha256 = "aa", Task = "classification", Understood = "", BlobKey = "k" };
        var run = new Run { Name = "r", CohortId = cohort.Id, Variant = new FeatureSettings().Variant, Preset = "mhim-v2", Settings = "{}", Folds = 2, BlobKey = "k" };
        context.AddRange(cohort, run);
        await JobPlan.RunAsync(context, run, [slide], new FeatureSettings(), default);
        await context.SaveChangesAsync();
        await book.SettleAsync(default);
        return run;
    }

    [Fact]
    public async Task A_ready_job_that_its_queue_has_forgotten_is_announced_again_and_one_that_it_knows_is_not()
    {
        var (_, tile, _) = await UploadAsync();
        await book.EnqueueForgottenAsync(default);
        Assert.Equal([tile], announced);
        announced.Clear(); // as if whoever made it ready had been killed before telling
        await book.EnqueueForgottenAsync(default);
        Assert.Equal([tile], announced);
    }

    [Fact]
    public async Task A_slide_does_not_fail_for_other_features_while_its_own_are_still_being_made()
    {
        var (slide, tile, extract) = await UploadAsync();
        Job others;
        await using (var context = contexts.CreateDbContext())
        {
            others = await JobPlan.FeaturesAsync(context, slide, new FeatureSettings(Mpp: 1), default);
            await context.SaveChangesAsync();
        }
        await book.SettleAsync(default);
        await EndAsync(others.AfterId!.Value, JobOutcome.Failure("no-tissue", "No tissue."));
        Assert.Equal(JobState.Failed, (await JobAsync(others.Id)).State);
        Assert.Equal(SlideState.Processing, (await SlideAsync()).State);
        await EndAsync(tile, JobOutcome.Success);
        Assert.Equal(SlideState.Processing, (await SlideAsync()).State);
        await EndAsync(extract, JobOutcome.Failure("slide-unreadable", "Broken."));
        Assert.Equal(SlideState.Failed, (await SlideAsync()).State);
        await book.RetryAsync(extract, default);
        Assert.Equal((SlideState.Processing, null), ((await SlideAsync()).State, (await SlideAsync()).Problem));
        await EndAsync(extract, JobOutcome.Success);
        Assert.Equal(SlideState.Ready, (await SlideAsync()).State);
    }

    [Fact]
    public async Task A_job_that_is_given_back_is_announced_at_once()
    {
        var (_, tile, _) = await UploadAsync();
        var lease = (await book.ClaimAsync(tile, default))!.Lease;
        await book.ReleaseAsync(tile, Guid.NewGuid(), default); // not its holder
        Assert.Equal([tile], announced);
        await book.ReleaseAsync(tile, lease, default);
        Assert.Equal([tile, tile], announced);
    }

    [Fact]
    public async Task A_job_that_a_busy_queue_has_forgotten_is_announced_after_some_minutes_and_no_other()
    {
        var (_, tile, _) = await UploadAsync();
        var forgotten = new Job { Key = "old", Kind = JobKind.Pool, Queue = JobQueues.Tiling, State = JobState.Queued, CreatedAt = DateTime.UtcNow.AddHours(-1) };
        await using (var context = contexts.CreateDbContext())
        {
            context.Add(forgotten);
            await context.SaveChangesAsync();
        }
        foreach (var minutes in (int[])[0, 2, 4])
            await book.EnqueueForgottenAsync(TimeSpan.FromMinutes(minutes), default);
        Assert.Equal([tile], announced);
        foreach (var minutes in (int[])[6, 8, 20])
            await book.EnqueueForgottenAsync(TimeSpan.FromMinutes(minutes), default);
        Assert.Equal([tile, forgotten.Id], announced);
    }

    [Fact]
    public async Task A_job_that_beat_in_a_time_that_is_yet_to_come_is_a_leftover_all_the_same_where_nobody_else_can_be_at_work()
    {
        var (_, tile, _) = await UploadAsync();
        Assert.NotNull(await book.ClaimAsync(tile, default));
        await using (var context = contexts.CreateDbContext()) // the clock was set back since
            await context.Jobs.Where(j => j.Id == tile).ExecuteUpdateAsync(set => set.SetProperty(j => j.HeartbeatAt, DateTime.UtcNow.AddHours(2)));
        await book.RecoverAsync(TimeSpan.Zero, default);
        Assert.Equal(JobState.Running, (await JobAsync(tile)).State);
        await book.RecoverAsync(null, default);
        Assert.Equal(JobState.Queued, (await JobAsync(tile)).State);
    }
}
