using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

/// <summary>A small cohort whose positive slides hold a few tiles that differ: easy to learn, quick to train.</summary>
static class Planted
{
    public const int Dim = 12;

    public static (Cohort Cohort, IBagSource Bags) Cohort(int slides = 24, int tiles = 30, double shift = 4)
    {
        var random = new Random(7);
        var rows = new List<CohortRow>();
        var bags = new List<FeatureBag>();
        for (var s = 0; s < slides; s++)
        {
            var id = $"slide-{s:00}";
            bags.Add(Bag(id, random, tiles, positive: s % 2 == 1, shift));
            rows.Add(new CohortRow(id, $"patient-{s:00}", [id], s % 2));
        }
        return (Mil.Cohorts.Cohort.OfClasses(["normal", "tumour"], rows), new MemoryBagSource(bags));
    }

    /// <summary>The first tenth of a positive bag's tiles are the different ones.</summary>
    public static FeatureBag Bag(string id, Random random, int tiles, bool positive, double shift)
    {
        var features = new float[tiles * Dim];
        for (var i = 0; i < features.Length; i++)
            features[i] = (float)(10 + Normal(random) + (positive && i / Dim < tiles / 10 && i % Dim < 3 ? shift : 0));
        var coords = Enumerable.Range(0, tiles).Select(n => new TileCoord(n * 512, 0)).ToArray();
        return new FeatureBag(id, "stain-texture", Dim, features, coords, new TileGeometry(256, 512, 0, 0.5, 0.25, 100_000, 512));
    }

    /// <summary>The same bag with other numbers.</summary>
    public static FeatureBag With(FeatureBag bag, Func<float, float> change) =>
        new(bag.SlideId, bag.EncoderId, bag.Dim, [.. bag.Features.Select(change)], bag.Coords, bag.Geometry);

    public static RunOptions Options { get; } = RunOptions.Small with
    {
        Model = RunOptions.Small.Model with { EmbedDim = 32 },
        Baseline = new TrainingOptions { Epochs = 12, LearningRate = 2e-3, Patience = 0 },
        Training = new TrainingOptions { Epochs = 12, LearningRate = 2e-3, Patience = 0 },
        Folds = new FoldOptions { Folds = 2 },
        Device = "cpu",
    };

    /// <summary>The baseline alone, for so many epochs and no fewer.</summary>
    public static RunOptions Plain(int epochs) => Options with { Model = Options.Model.AsBaseline(), Baseline = new TrainingOptions { Epochs = epochs, Patience = 0 } };

    static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>Reports on the calling thread, in order.</summary>
sealed class Told<T>(Action<T> on) : IProgress<T>
{
    public void Report(T value) => on(value);
}
