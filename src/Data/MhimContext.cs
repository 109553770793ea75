using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Mhim.Data;

/// <summary>The rows: one model for both providers. The two subclasses only choose the provider and own its migrations.</summary>
public abstract class MhimContext(DbContextOptions options) : DbContext(options)
{
    /// <summary>Uploaded slides.</summary>
    public DbSet<Slide> Slides => Set<Slide>();

    /// <summary>All work, past and to come.</summary>
    public DbSet<Job> Jobs => Set<Job>();

    /// <summary>Trained models.</summary>
    public DbSet<Model> Models => Set<Model>();

    /// <summary>What models said about slides.</summary>
    public DbSet<Prediction> Predictions => Set<Prediction>();

    /// <summary>What people think of predictions.</summary>
    public DbSet<Opinion> Opinions => Set<Opinion>();

    /// <summary>Keys of programs and people.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>Who did what.</summary>
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    /// <summary>Files that are coming in pieces.</summary>
    public DbSet<Upload> Uploads => Set<Upload>();

    /// <summary>Label tables.</summary>
    public DbSet<Cohort> Cohorts => Set<Cohort>();

    /// <summary>The slides that cohorts name.</summary>
    public DbSet<CohortSlide> CohortSlides => Set<CohortSlide>();

    /// <summary>Trainings.</summary>
    public DbSet<Run> Runs => Set<Run>();

    /// <summary>What jobs wait for that come after several others.</summary>
    public DbSet<JobPrerequisite> JobPrerequisites => Set<JobPrerequisite>();

    /// <summary>Creations that clients named.</summary>
    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();

    /// <summary>Processes that take jobs up.</summary>
    public DbSet<Worker> Workers => Set<Worker>();

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        // One form of time on both providers: UTC ticks compare and sort alike everywhere and lose nothing.
        conventions.Properties<DateTime>().HaveConversion<UtcTicks>();
        // Words instead of numbers, so that rows can be read and cases can be added anywhere.
        conventions.Properties<SlideState>().HaveConversion<string>().HaveMaxLength(32);
        conventions.Properties<JobState>().HaveConversion<string>().HaveMaxLength(32);
        conventions.Properties<JobKind>().HaveConversion<string>().HaveMaxLength(32);
        conventions.Properties<Role>().HaveConversion<string>().HaveMaxLength(32);
        conventions.Properties<UploadState>().HaveConversion<string>().HaveMaxLength(32);
    }

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Slide>(slide =>
        {
            slide.HasIndex(s => s.Sha256).IsUnique();
            slide.HasIndex(s => s.Name).IsUnique();
            slide.HasIndex(s => new { s.CreatedAt, s.Id });
            slide.HasIndex(s => s.State);
            slide.Property(s => s.EncoderId).HasMaxLength(100);
            slide.Property(s => s.Sha256).HasMaxLength(64);
            slide.Property(s => s.Name).HasMaxLength(200);
            slide.Property(s => s.FileName).HasMaxLength(255);
        });
        model.Entity<Job>(job =>
        {
            job.HasIndex(j => j.Key).IsUnique();
            job.HasIndex(j => j.State);
            job.HasIndex(j => j.AfterId);
            job.HasIndex(j => new { j.CreatedAt, j.Id });
            job.Property(j => j.Key).HasMaxLength(200);
            job.Property(j => j.Queue).HasMaxLength(32);
            job.Property(j => j.Variant).HasMaxLength(120);
            job.HasOne<Slide>().WithMany().HasForeignKey(j => j.SlideId).OnDelete(DeleteBehavior.Cascade);
            job.HasOne<Prediction>().WithMany().HasForeignKey(j => j.PredictionId).OnDelete(DeleteBehavior.Cascade);
            job.HasOne<Run>().WithMany().HasForeignKey(j => j.RunId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<JobPrerequisite>(edge =>
        {
            edge.HasKey(e => new { e.JobId, e.BeforeId });
            edge.HasOne<Job>().WithMany().HasForeignKey(e => e.JobId).OnDelete(DeleteBehavior.Cascade);
            edge.HasOne<Job>().WithMany().HasForeignKey(e => e.BeforeId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Cohort>(cohort =>
        {
            cohort.HasIndex(c => c.Name).IsUnique();
            cohort.HasIndex(c => new { c.CreatedAt, c.Id });
            cohort.Property(c => c.Name).HasMaxLength(200);
            cohort.Property(c => c.Sha256).HasMaxLength(64);
            cohort.Property(c => c.Task).HasMaxLength(32);
        });
        model.Entity<CohortSlide>(slide =>
        {
            slide.HasKey(s => new { s.CohortId, s.Name });
            slide.HasIndex(s => s.Name);
            slide.Property(s => s.Name).HasMaxLength(300);
            slide.Property(s => s.Patient).HasMaxLength(300);
            slide.Property(s => s.Label).HasMaxLength(300);
            slide.HasOne<Cohort>().WithMany().HasForeignKey(s => s.CohortId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Run>(run =>
        {
            run.HasIndex(r => r.Name).IsUnique();
            run.HasIndex(r => new { r.CreatedAt, r.Id });
            run.Property(r => r.Name).HasMaxLength(200);
            run.Property(r => r.Variant).HasMaxLength(120);
            run.Property(r => r.Preset).HasMaxLength(64);
            run.Property(r => r.ScoreName).HasMaxLength(64);
            // A cohort that runs refer to stays: without it a run cannot be read.
            run.HasOne<Cohort>().WithMany().HasForeignKey(r => r.CohortId).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<IdempotencyKey>(key =>
        {
            key.HasKey(k => new { k.Principal, k.Key });
            key.HasIndex(k => k.CreatedAt);
            key.Property(k => k.Principal).HasMaxLength(300);
            key.Property(k => k.Key).HasMaxLength(200);
            key.Property(k => k.RequestHash).HasMaxLength(64);
        });
        model.Entity<Worker>(worker =>
        {
            worker.HasIndex(w => w.SeenAt);
            worker.Property(w => w.Host).HasMaxLength(255);
            worker.Property(w => w.Queues).HasMaxLength(100);
            worker.Property(w => w.Device).HasMaxLength(32);
            worker.Property(w => w.Version).HasMaxLength(100);
        });
        model.Entity<Model>(m =>
        {
            m.HasIndex(x => x.Sha256).IsUnique();
            m.HasIndex(x => x.Name).IsUnique();
            m.HasIndex(x => new { x.CreatedAt, x.Id });
            m.Property(x => x.RunModel).HasMaxLength(100);
            m.HasOne<Run>().WithMany().HasForeignKey(x => x.RunId).OnDelete(DeleteBehavior.SetNull);
            m.Property(x => x.Sha256).HasMaxLength(64);
            m.Property(x => x.Name).HasMaxLength(200);
        });
        model.Entity<Prediction>(prediction =>
        {
            prediction.HasIndex(p => new { p.SlideId, p.ModelId }).IsUnique();
            prediction.HasIndex(p => new { p.CreatedAt, p.Id });
            prediction.HasOne<Slide>().WithMany().HasForeignKey(p => p.SlideId).OnDelete(DeleteBehavior.Cascade);
            prediction.HasOne<Model>().WithMany().HasForeignKey(p => p.ModelId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Opinion>(opinion =>
        {
            opinion.HasIndex(o => new { o.PredictionId, o.Principal }).IsUnique();
            opinion.HasIndex(o => new { o.CreatedAt, o.Id });
            opinion.Property(o => o.Principal).HasMaxLength(300);
            opinion.Property(o => o.Name).HasMaxLength(300);
            opinion.Property(o => o.Label).HasMaxLength(300);
            opinion.Property(o => o.Comment).HasMaxLength(4000);
            opinion.HasOne<Prediction>().WithMany().HasForeignKey(o => o.PredictionId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ApiKey>(key =>
        {
            key.HasIndex(k => k.Hash).IsUnique();
            key.HasIndex(k => new { k.CreatedAt, k.Id });
            key.Property(k => k.Hash).HasMaxLength(64);
            key.Property(k => k.Name).HasMaxLength(200);
            key.Property(k => k.Start).HasMaxLength(32);
        });
        model.Entity<AuditEntry>(entry =>
        {
            entry.HasIndex(e => e.OnceKey).IsUnique();
            entry.HasIndex(e => e.Principal);
            entry.Property(e => e.Principal).HasMaxLength(300);
            entry.Property(e => e.Name).HasMaxLength(300);
            entry.Property(e => e.Action).HasMaxLength(300);
            entry.Property(e => e.Resource).HasMaxLength(500);
            entry.Property(e => e.Address).HasMaxLength(64);
            entry.Property(e => e.OnceKey).HasMaxLength(400);
        });
        model.Entity<Upload>(upload =>
        {
            upload.HasIndex(u => u.ExpiresAt);
            upload.Property(u => u.Owner).HasMaxLength(300);
            upload.Property(u => u.FileName).HasMaxLength(255);
            upload.Property(u => u.Name).HasMaxLength(200);
            upload.HasOne<Slide>().WithMany().HasForeignKey(u => u.SlideId).OnDelete(DeleteBehavior.SetNull);
        });
    }

    sealed class UtcTicks() : ValueConverter<DateTime, long>(
        time => time.ToUniversalTime().Ticks, ticks => new DateTime(ticks, DateTimeKind.Utc));
}
