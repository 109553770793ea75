using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Encoders;
using Microsoft.Extensions.DependencyInjection;

namespace Mhim.Api.Tests;

/// <summary>Slides whose features are there already, as uploads leave them, so that tests of what comes after need not wait for pixels.</summary>
static class Planted
{
    /// <summary>What a slide of this number is called.</summary>
    public static string Name(int s) => $"s{s:00}";

    /// <summary>A label table of so many slides, every second of them a tumour, each of a patient of its own.</summary>
    public static string Table(int slides, string prefix = "") =>
        "case_id,slide_id,label\n" + string.Concat(Enumerable.Range(0, slides).Select(s => $"p{s:00},{prefix}{Name(s)},{(s % 2 == 1 ? "tumour" : "normal")}\n"));

    /// <summary>Slides with features by which tumours can be told.</summary>
    public static async Task<Guid[]> SlidesAsync(Service service, int count, string prefix = "")
    {
        var variant = $"{EncoderCatalog.Default}-0.5-256";
        var dim = EncoderCatalog.Info(EncoderCatalog.Default).Dim;
        await using var work = await service.Services.GetRequiredService<BlobStore>().WorkAsync([], default);
        var random = new Random(5);
        await using var rows = service.Rows();
        var ids = new List<Guid>();
        for (var s = 0; s < count; s++)
        {
            var name = prefix + Name(s);
            var slide = new Slide
            {
                Name = name, FileName = $"{name}.svs", Sha256 = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()), Vendor = "planted", BlobKey = "slides/none", State = SlideState.Ready,
                Mpp = 0.5, MppSource = "openslide", Width = 4096, Height = 256, Size = 1000 + s,
            };
            var features = new float[12 * dim];
            for (var i = 0; i < features.Length; i++)
                features[i] = random.NextSingle() + (s % 2 == 1 && i < 6 * dim && i % dim < 20 ? 1 : 0);
            TridentFile.WriteFeatures(work.PathOf(BlobKeys.Features(slide.Id, variant)), new FeatureBag(name, EncoderCatalog.Default, dim, features,
                [.. Enumerable.Range(0, 12).Select(n => new TileCoord(n * 256, 0))], new TileGeometry(256, 256, 0, 0.5, 0.5, 4096, 256)), new Dictionary<string, string> { ["mhim_inputs"] = $"planted {name}" });
            var tile = new Job { Kind = JobKind.Tile, Queue = JobQueues.Tiling, Key = $"tile:{slide.Id}:0.5-256", SlideId = slide.Id, Variant = variant, State = JobState.Succeeded, Progress = 1 };
            rows.AddRange(slide, tile, new Job
            {
                Kind = JobKind.Extract, Queue = JobQueues.Gpu, Key = $"extract:{slide.Id}:{variant}", SlideId = slide.Id, AfterId = tile.Id, Variant = variant, State = JobState.Succeeded, Progress = 1,
            });
            ids.Add(slide.Id);
        }
        await work.KeepAsync(default);
        await rows.SaveChangesAsync();
        return [.. ids];
    }
}
