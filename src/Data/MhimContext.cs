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

    /// <summary>Keys of programs and people.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>Who did what.</summary>
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    /// <summary>Files that are coming in pieces.</summary>
    public DbSet<Upload> Uploads => Set<Upload>();

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
            slide.Property(s => s.Sha256).HasMaxLength(64);
            slide.Property(s => s.Name).HasMaxLength(200);
            slide.Property(s => s.FileName).HasMaxLength(255);
        });
        model.Entity<Job>(job =>
        {
            job.HasIndex(j => j.Key).IsUnique();
            job.HasIndex(j => j.State);
            job.HasIndex(j => j.AfterId);
            job.Property(j => j.Key).HasMaxLength(200);
            job.Property(j => j.Queue).HasMaxLength(32);
            job.Property(j => j.Variant).HasMaxLength(120);
            job.HasOne<Slide>().WithMany().HasForeignKey(j => j.SlideId).OnDelete(DeleteBehavior.Cascade);
            job.HasOne<Prediction>().WithMany().HasForeignKey(j => j.PredictionId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Model>(m =>
        {
            m.HasIndex(x => x.Sha256).IsUnique();
            m.HasIndex(x => x.Name).IsUnique();
            m.Property(x => x.Sha256).HasMaxLength(64);
            m.Property(x => x.Name).HasMaxLength(200);
        });
        model.Entity<Prediction>(prediction =>
        {
            prediction.HasIndex(p => new { p.SlideId, p.ModelId }).IsUnique();
            prediction.HasOne<Slide>().WithMany().HasForeignKey(p => p.SlideId).OnDelete(DeleteBehavior.Cascade);
            prediction.HasOne<Model>().WithMany().HasForeignKey(p => p.ModelId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ApiKey>(key =>
        {
            key.HasIndex(k => k.Hash).IsUnique();
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
