using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Tiling.Tests.Encoders.Onnx;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.EntityFrameworkCore;

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
}
