using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;
using Mhim.Tiling.Encoders;

namespace Mhim.EndToEnd.Tests;

/// <summary>A real model, trained in a second or two on drawn bags of the kind that <c>stain-texture</c> makes.</summary>
public static class TinyModel
{
    static readonly Lazy<string> Trained = new(Train);

    /// <summary>The model's folder; the same for the whole test run.</summary>
    public static string Folder => Trained.Value;

    static string Train()
    {
        using var encoder = EncoderCatalog.Open(EncoderCatalog.Default);
        var dim = encoder.Info.Dim;
        var random = new Random(5);
        var (rows, bags) = (new List<CohortRow>(), new List<FeatureBag>());
        for (var s = 0; s < 16; s++)
        {
            var features = new float[12 * dim];
            for (var i = 0; i < features.Length; i++)
                features[i] = random.NextSingle() + (s % 2 == 1 && i < 3 * dim && i % dim < 20 ? 1 : 0);
            var coords = Enumerable.Range(0, 12).Select(n => new TileCoord(n * 256, 0)).ToArray();
            bags.Add(new FeatureBag($"s{s:00}", EncoderCatalog.Default, dim, features, coords, new TileGeometry(256, 256, 0, 0.5, 0.5, 4096, 256)));
            rows.Add(new CohortRow($"s{s:00}", $"p{s:00}", [$"s{s:00}"], s % 2));
        }
        var few = new TrainingOptions { Epochs = 3, LearningRate = 1e-3, Patience = 0 };
        var options = RunOptions.Small with
        {
            Model = RunOptions.Small.Model with { EmbedDim = 32 }, Baseline = few, Training = few, Folds = new FoldOptions { Folds = 2 }, Device = "cpu",
        };
        var folder = Directory.CreateTempSubdirectory("mhim-model-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var run = TrainingRun.Execute(Cohort.OfClasses(["normal", "tumour"], rows), new MemoryBagSource(bags), options, folder);
        return Path.Combine(folder, run.BestModel);
    }
}
