using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Data.Sqlite;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Encoders;
using Microsoft.EntityFrameworkCore;
using SkiaSharp;

namespace Mhim.EndToEnd.Tests;

/// <summary>
/// A service with something on every page: slides whose features are there as uploads leave them, a cohort of classes and one of survival, runs that were really
/// trained on them, models that were taken over, predictions and opinions.
/// </summary>
public sealed class Stage : IAsyncLifetime
{
    const int Patients = 18, Tiles = 40;
    readonly string folder = Directory.CreateTempSubdirectory("mhim-stage-").FullName;

    internal Server Server { get; private set; } = null!;

    internal Uri Address => Server.Client.BaseAddress!;

    public string Cohort { get; private set; } = "";

    public string Survival { get; private set; } = "";

    public string Run { get; private set; } = "";

    public string OtherRun { get; private set; } = "";

    public string SurvivalRun { get; private set; } = "";

    public string Model { get; private set; } = "";

    // Every second patient has a tumour, every third comes from another site.
    static string Slide(int s) => $"LN-{2000 + s / 2}-{(s % 2 == 0 ? "A" : "B")}";

    static bool Tumour(int s) => s / 2 % 2 == 1;

    static char Site(int s) => "ABC"[s / 2 % 3];

    public async Task InitializeAsync()
    {
        Server = await Server.StartAsync(Path.Combine(folder, "data"));
        await SlidesAsync();
        var rows = Enumerable.Range(0, 2 * Patients + 4).Select(s => $"LN-{2000 + s / 2},{Slide(s)},{(Tumour(s) ? "tumour" : "normal")},{Site(s)}\n");
        Cohort = (string)(await TableAsync("Lymph nodes", "case_id,slide_id,label,site\n" + string.Concat(rows)))["id"]!;
        var times = Enumerable.Range(0, 2 * Patients).Select(s => $"LN-{2000 + s / 2},{Slide(s)},{(Tumour(s) ? 120 : 900) + s / 2 * 37 % 300},{(Tumour(s) || s / 2 % 5 == 0 ? 1 : 0)},{Site(s)}\n");
        Survival = (string)(await TableAsync("Lymph nodes, survival", "case_id,slide_id,time,event,site\n" + string.Concat(times)))["id"]!;
        Run = await TrainAsync(new { cohortId = Cohort, name = "MHIM, small", preset = "small", folds = 2, epochs = 25, width = 32, seed = 3, skipMissing = true, calibrate = true });
        OtherRun = await TrainAsync(new { cohortId = Cohort, name = "Plain AB-MIL", preset = "plain", folds = 2, epochs = 6, width = 32, seed = 4, skipMissing = true });
        SurvivalRun = await TrainAsync(new { cohortId = Survival, name = "Survival, small", preset = "small", folds = 2, epochs = 4, width = 32, seed = 3 });
        foreach (var run in (string[])[Run, OtherRun, SurvivalRun])
            if ((string?)(await Server.WaitAsync($"/runs/{run}", r => (string?)r["state"], "succeeded", "failed"))["state"] == "failed")
                throw new InvalidOperationException((await Server.GetAsync($"/runs/{run}")).ToString());
        Model = (string)(await Server.PostAsync($"/runs/{Run}/models", new { which = "best", name = "Lymph nodes, MHIM" }))[0]!["id"]!;
        var other = (string)(await Server.PostAsync($"/runs/{OtherRun}/models", new { which = "best", name = "Lymph nodes, plain" }))[0]!["id"]!;
        await PredictionsAsync(Guid.Parse(Model), Guid.Parse(other));
    }

    async Task<JsonNode> TableAsync(string name, string table)
    {
        using var csv = new StringContent(table, Encoding.UTF8, "text/csv");
        var answer = await Server.Client.PostAsync($"/api/v1/cohorts?name={Uri.EscapeDataString(name)}", csv);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    async Task<string> TrainAsync(object wanted) => (string)(await Server.PostAsync("/runs", wanted))["id"]!;

    SqliteMhimContext Rows() => Rows(Path.Combine(folder, "data"));

    /// <summary>The rows of a data folder, whoever else has it open.</summary>
    internal static SqliteMhimContext Rows(string data) => new(new DbContextOptionsBuilder<SqliteMhimContext>().UseSqlite(SqliteMhimContext.ConnectionStringFor(Path.Combine(data, "mhim.db"))).Options);

    async Task SlidesAsync()
    {
        var variant = $"{EncoderCatalog.Default}-0.5-256";
        var dim = EncoderCatalog.Info(EncoderCatalog.Default).Dim;
        var blobs = new BlobStore(Path.Combine(folder, "data", "blobs"));
        var random = new Random(5);
        await using var rows = Rows();
        for (var s = 0; s < 2 * Patients; s++)
        {
            var slide = new Slide
            {
                Name = Slide(s), FileName = $"{Slide(s)}.svs", Sha256 = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()).PadRight(64, '0'), Vendor = "planted", BlobKey = "slides/none", State = SlideState.Ready,
                Mpp = 0.5, MppSource = "openslide", Width = 10_240, Height = 1024, Size = 250_000_000 + s, TissueShare = 0.3, TileCount = Tiles,
            };
            var features = new float[Tiles * dim];
            // A few tiles of a tumour look otherwise, so that it can be told, though not always.
            for (var i = 0; i < features.Length; i++)
                features[i] = random.NextSingle() + (Tumour(s) && i < 6 * dim && i % dim < 16 ? 0.6f : 0);
            TridentFile.WriteFeatures(blobs.PathOf(BlobKeys.Features(slide.Id, variant)), new FeatureBag(slide.Name, EncoderCatalog.Default, dim, features,
                [.. Enumerable.Range(0, Tiles).Select(n => new TileCoord(n * 256, 0))], new TileGeometry(256, 256, 0, 0.5, 0.5, 10_240, 1024)), new Dictionary<string, string> { ["mhim_inputs"] = $"planted {slide.Name}" });
            AtomicFile.WriteAllBytes(blobs.PathOf(BlobKeys.Thumbnail(slide.Id)), Picture(random));
            var tile = new Job { Kind = JobKind.Tile, Queue = "tiling", Key = $"tile:{slide.Id}:0.5-256", SlideId = slide.Id, Variant = variant, State = JobState.Succeeded, Progress = 1, Attempts = 1, StartedAt = DateTime.UtcNow.AddMinutes(-9), FinishedAt = DateTime.UtcNow.AddMinutes(-8) };
            rows.AddRange(slide, tile, new Job
            {
                Kind = JobKind.Extract, Queue = "gpu", Key = $"extract:{slide.Id}:{variant}", SlideId = slide.Id, AfterId = tile.Id, Variant = variant, State = JobState.Succeeded, Progress = 1, Attempts = 1,
                StartedAt = DateTime.UtcNow.AddMinutes(-8), FinishedAt = DateTime.UtcNow.AddMinutes(-6),
            });
        }
        await rows.SaveChangesAsync();
    }

    static byte[] Picture(Random random)
    {
        using var bitmap = new SKBitmap(160, 110);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        for (var blob = 0; blob < 7; blob++)
        {
            using var paint = new SKPaint { Color = new SKColor((byte)random.Next(190, 225), (byte)random.Next(120, 165), (byte)random.Next(175, 210)), IsAntialias = true };
            canvas.DrawOval(random.Next(35, 125), random.Next(28, 82), random.Next(14, 34), random.Next(10, 26), paint);
        }
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    async Task PredictionsAsync(Guid first, Guid second)
    {
        await using var rows = Rows();
        var random = new Random(8);
        var opinions = 0;
        foreach (var slide in await rows.Slides.OrderBy(s => s.Name).Take(16).ToListAsync())
        {
            var middle = random.NextDouble();
            foreach (var model in (Guid[])[first, second])
            {
                var p = Math.Clamp(middle + (random.NextDouble() - 0.5) * 0.5, 0.01, 0.99);
                var prediction = new Prediction { SlideId = slide.Id, ModelId = model, BlobKey = "predictions/none", Probabilities = [1 - p, p], PredictedClass = p > 0.5 ? "tumour" : "normal" };
                rows.AddRange(prediction, new Job { Kind = JobKind.Predict, Queue = "gpu", Key = $"predict:{prediction.Id}", SlideId = slide.Id, PredictionId = prediction.Id, Variant = "", State = JobState.Succeeded, Progress = 1, Attempts = 1 });
                if (model == first && opinions++ % 5 == 1)
                    rows.Add(new Opinion
                    {
                        PredictionId = prediction.Id, Principal = "key:0193c1d9-4e5f-7b64-9071-829304150607", Name = "Dr. Kim", Agrees = opinions % 2 == 0, Label = opinions % 2 == 0 ? prediction.PredictedClass : p > 0.5 ? "normal" : "tumour",
                        Comment = opinions % 2 == 0 ? null : "The bright tiles are sinus histiocytes, not tumour.",
                    });
            }
        }
        rows.Add(new Job
        {
            Kind = JobKind.Extract, Queue = "gpu", Key = "extract:failed", SlideId = (await rows.Slides.FirstAsync()).Id, Variant = "other-0.25-224", State = JobState.Failed, Attempts = 2, ErrorCode = "job-out-of-memory",
            Error = "The job held 9.2 GB, more than the 8.0 GB that jobs of the queue gpu may hold, and was ended.", StartedAt = DateTime.UtcNow.AddMinutes(-3), FinishedAt = DateTime.UtcNow.AddMinutes(-2),
        });
        await rows.SaveChangesAsync();
    }

    public Task DisposeAsync()
    {
        Server.Dispose();
        if (Environment.GetEnvironmentVariable("MHIM_STAGE_KEEP") is { } keep)
            Directory.Move(folder, keep);
        else
            Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }
}
