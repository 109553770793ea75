using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Data.Tests;

/// <summary>What must hold on either provider; a subclass each.</summary>
public abstract class MhimContextTests
{
    protected abstract DataOptions Options { get; }

    IDbContextFactory<MhimContext> Contexts => new MhimContextFactory(Options);

    static Slide NewSlide(string name = "s", string sha = "aa") => new()
    {
        Name = name, FileName = name + ".svs", Sha256 = sha, Vendor = "aperio", BlobKey = "slides/x/original.svs", State = SlideState.Processing,
    };

    static Job NewJob(string key, Guid? slide = null) => new() { Key = key, Queue = JobQueues.Gpu, Kind = JobKind.Extract, SlideId = slide };

    async Task<MhimContext> FreshAsync()
    {
        await Contexts.MigrateAsync();
        var context = Contexts.CreateDbContext();
        await context.Predictions.ExecuteDeleteAsync();
        await context.Jobs.ExecuteDeleteAsync();
        await context.Models.ExecuteDeleteAsync();
        await context.Slides.ExecuteDeleteAsync();
        return context;
    }

    [Fact]
    public async Task Migrations_make_the_model_and_may_run_again()
    {
        await using var context = await FreshAsync();
        await Contexts.MigrateAsync();
        Assert.False(context.Database.HasPendingModelChanges());
        Assert.Empty(await context.Database.GetPendingMigrationsAsync());
    }

    [Fact]
    public async Task Times_come_back_as_utc_to_the_tick()
    {
        await using var context = await FreshAsync();
        var slide = NewSlide();
        slide.CreatedAt = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(6_543_217);
        context.Add(slide);
        await context.SaveChangesAsync();
        var read = await context.Slides.AsNoTracking().SingleAsync();
        Assert.Equal(slide.CreatedAt, read.CreatedAt);
        Assert.Equal(DateTimeKind.Utc, read.CreatedAt.Kind);
        Assert.Equal(1, await context.Slides.CountAsync(s => s.CreatedAt < slide.CreatedAt.AddTicks(1)));
        Assert.Equal(0, await context.Slides.CountAsync(s => s.CreatedAt < slide.CreatedAt));
    }

    [Fact]
    public async Task The_same_content_cannot_be_two_slides()
    {
        await using var context = await FreshAsync();
        context.AddRange(NewSlide("a", "same"), NewSlide("b", "same"));
        await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
    }

    [Fact]
    public async Task Two_slides_cannot_have_one_name()
    {
        await using var context = await FreshAsync();
        context.AddRange(NewSlide("a", "1"), NewSlide("a", "2"));
        await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
    }

    [Fact]
    public async Task A_piece_of_work_has_one_row()
    {
        await using var context = await FreshAsync();
        context.AddRange(NewJob("extract:1"), NewJob("extract:1"));
        await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
    }

    [Fact]
    public async Task Of_many_that_claim_a_row_at_once_one_gets_it()
    {
        await using var context = await FreshAsync();
        var job = NewJob("extract:1");
        job.State = JobState.Queued;
        context.Add(job);
        await context.SaveChangesAsync();
        var claims = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            await using var own = Contexts.CreateDbContext();
            return await own.Jobs.Where(j => j.Id == job.Id && j.State == JobState.Queued)
                .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Running));
        })));
        Assert.Equal(1, claims.Sum());
    }

    [Fact]
    public async Task A_slide_takes_its_jobs_and_predictions_with_it()
    {
        await using var context = await FreshAsync();
        var slide = NewSlide();
        var model = new Model { Name = "m", Sha256 = "bb", EncoderId = "e", Classes = ["no", "yes"], BlobKey = "models/x" };
        var prediction = new Prediction { SlideId = slide.Id, ModelId = model.Id, BlobKey = "predictions/x", Probabilities = [0.25, 0.75] };
        var job = NewJob("predict:1", slide.Id);
        job.PredictionId = prediction.Id;
        context.AddRange(slide, model, prediction, job);
        await context.SaveChangesAsync();
        Assert.Equal([0.25, 0.75], (await context.Predictions.AsNoTracking().SingleAsync()).Probabilities);
        Assert.Equal(["no", "yes"], (await context.Models.AsNoTracking().SingleAsync()).Classes);

        await context.Slides.Where(s => s.Id == slide.Id).ExecuteDeleteAsync();
        Assert.False(await context.Jobs.AnyAsync());
        Assert.False(await context.Predictions.AnyAsync());
        Assert.True(await context.Models.AnyAsync());
    }

    [Fact]
    public async Task Rows_that_contradict_each_other_are_told_from_a_database_that_cannot_write()
    {
        await using var context = await FreshAsync();
        async Task<Exception> RefusedAsync(params object[] rows)
        {
            context.ChangeTracker.Clear();
            context.AddRange(rows);
            return await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        }
        Assert.True(RowConflict.Is(await RefusedAsync(NewSlide("a", "1"), NewSlide("a", "2"))));
        Assert.True(RowConflict.Is(await RefusedAsync(NewJob("of no slide", Guid.NewGuid()))));
        var cohort = new Cohort { Name = "conflict", Sha256 = "aa", Task = "classification", Understood = "", BlobKey = "k" };
        var run = new Run { Name = "conflict", CohortId = cohort.Id, Variant = "v", Preset = "p", Settings = "{}", BlobKey = "k" };
        context.ChangeTracker.Clear();
        context.AddRange(cohort, run);
        await context.SaveChangesAsync();
        Assert.True(RowConflict.Is(await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => context.Cohorts.Where(c => c.Id == cohort.Id).ExecuteDeleteAsync())));
        await context.Runs.Where(r => r.Id == run.Id).ExecuteDeleteAsync();
        await context.Cohorts.Where(c => c.Id == cohort.Id).ExecuteDeleteAsync();
        // A row that is gone when it is to be changed.
        context.ChangeTracker.Clear();
        var slide = NewSlide("gone", "3");
        context.Update(slide);
        Assert.True(RowConflict.Is(await Assert.ThrowsAnyAsync<DbUpdateException>(() => context.SaveChangesAsync())));
        // Neither a name that is missing nor a table that is.
        Assert.False(RowConflict.Is(await RefusedAsync(NewSlide(null!, "4"))));
        Assert.False(RowConflict.Is(await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => context.Database.ExecuteSqlRawAsync("DELETE FROM nothing"))));
    }
}
