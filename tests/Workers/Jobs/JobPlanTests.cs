using System.Diagnostics;
using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Tiling.Tests.Encoders.Onnx;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Mhim.Workers.Tests.Jobs;

public sealed class JobPlanTests : IDisposable
{
    const string Encoders = "MHIM_ENCODERS";

    readonly string folder = Directory.CreateTempSubdirectory("mhim-plan-").FullName;
    readonly string? before = Environment.GetEnvironmentVariable(Encoders);

    public JobPlanTests() => Environment.SetEnvironmentVariable(Encoders, Path.Combine(folder, "encoders"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Encoders, before);
        Directory.Delete(folder, recursive: true);
    }

    void Install(char model)
    {
        var encoder = Directory.CreateDirectory(Path.Combine(folder, "encoders", "tiny-conv")).FullName;
        File.WriteAllBytes(Path.Combine(encoder, "tiny.onnx"), TinyOnnx.Convolution(12, 64).ToBytes());
        File.WriteAllText(Path.Combine(encoder, "card.json"), $$"""
            { "id": "tiny-conv", "file": "tiny.onnx", "sha256": "{{new string(model, 64)}}", "inputPx": 64, "mpp": 0.5, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "dim": 12 }
            """);
    }

    [Fact]
    public async Task A_slide_is_extracted_again_once_its_encoder_was_replaced_under_its_name()
    {
        var contexts = new MhimContextFactory(new DataOptions(folder));
        await contexts.MigrateAsync();
        var slide = new Slide { Name = "s", FileName = "s.svs", Sha256 = "aa", Vendor = "v", BlobKey = "k", State = SlideState.Processing };
        async Task<Job> Planned(FeatureSettings settings)
        {
            await using var context = contexts.CreateDbContext();
            if (!await context.Slides.AnyAsync())
                context.Add(slide);
            var job = await JobPlan.FeaturesAsync(context, slide.Id, settings, default);
            await context.SaveChangesAsync();
            return job;
        }
        var tiny = new FeatureSettings("tiny-conv", 0.5, 64);
        var missing = await Planned(tiny); // planned all the same: its worker says that it is missing
        Install('a');
        var (first, again) = (await Planned(tiny), await Planned(tiny));
        Install('b');
        var replaced = await Planned(tiny);
        Assert.Equal(first.Id, again.Id);
        Assert.Equal(3, new[] { missing.Id, first.Id, replaced.Id }.Distinct().Count());
        Assert.Equal((first.AfterId, first.Variant), (replaced.AfterId, replaced.Variant)); // the tiles are the same
        Assert.Equal((await Planned(new FeatureSettings())).Id, (await Planned(new FeatureSettings())).Id);
    }

    [Fact]
    public async Task A_run_of_many_slides_is_planned_in_few_questions_and_finds_what_is_there()
    {
        var contexts = new MhimContextFactory(new DataOptions(folder));
        await contexts.MigrateAsync();
        await using var context = contexts.CreateDbContext();
        using var asked = new Asked(context); // from the beginning: what nobody hears is not said for a second
        var slides = Enumerable.Range(0, 700).Select(n => new Slide { Name = $"s{n}", FileName = "s.svs", Sha256 = $"{n}", Vendor = "v", BlobKey = "k", State = SlideState.Processing }).ToList();
        var cohort = new Cohort { Name = "c", Sha256 = "aa", Task = "classification", Understood = "", BlobKey = "k" };
        var run = new Run { Name = "r", CohortId = cohort.Id, Variant = new FeatureSettings().Variant, Preset = "mhim-v2", Settings = "{}", Folds = 2, BlobKey = "k" };
        context.AddRange(slides);
        context.AddRange(cohort, run);
        await context.SaveChangesAsync();
        var known = await JobPlan.FeaturesAsync(context, slides[650].Id, new FeatureSettings(), default);
        await context.SaveChangesAsync();
        var before = asked.Count;
        await JobPlan.RunAsync(context, run, [.. slides.Select(s => s.Id)], new FeatureSettings(), default);
        Assert.InRange(asked.Count - before, 1, 10);
        await context.SaveChangesAsync();
        Assert.Equal((700, 700), (await context.Jobs.CountAsync(j => j.Kind == JobKind.Tile), await context.Jobs.CountAsync(j => j.Kind == JobKind.Extract)));
        Assert.True(await context.JobPrerequisites.AnyAsync(p => p.BeforeId == known.Id));
        Assert.Equal(700 + 2, await context.JobPrerequisites.CountAsync());
        Assert.False(await context.Jobs.AnyAsync(j => j.Kind == JobKind.Extract && !context.Jobs.Any(t => t.Id == j.AfterId && t.SlideId == j.SlideId)));
    }

    /// <summary>Counts the statements of a context.</summary>
    sealed class Asked : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        readonly DbContext context;
        readonly List<IDisposable> heard = [];

        public Asked(DbContext context)
        {
            this.context = context;
            heard.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        public int Count { get; private set; }

        public void OnNext(DiagnosticListener listener)
        {
            if (listener.Name == DbLoggerCategory.Name)
                heard.Add(listener.Subscribe(this, name => name == RelationalEventId.CommandExecuted.Name));
        }

        public void OnNext(KeyValuePair<string, object?> said) => Count += said.Value is DbContextEventData { Context: { } one } && one == context ? 1 : 0;

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => heard.ForEach(one => one.Dispose());
    }
}
