using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Tests.Jobs;

public sealed class JobBookTests : JobBookStory
{
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
}
