using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Tests.Jobs;

/// <summary>Jobs whose worker is lost or stopped, and jobs of which nobody was told.</summary>
public sealed class JobRecoveryTests : JobBookStory
{
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
    public async Task A_worker_that_is_shut_down_gives_its_job_back_without_counting_the_attempt()
    {
        var (_, tile, _) = await UploadAsync();
        await book.ReleaseAsync(tile, (await book.ClaimAsync(tile, default))!.Lease, default);
        var job = await JobAsync(tile);
        Assert.Equal((JobState.Queued, 0), (job.State, job.Attempts));
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
