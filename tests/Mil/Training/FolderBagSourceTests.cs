using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

/// <summary>A folder of feature files one of which does not fit: said before anything is trained, whatever part of the split it lies in.</summary>
public sealed class FolderBagSourceTests : IDisposable
{
    readonly string _features = Directory.CreateTempSubdirectory("mhim-features-").FullName;
    readonly string _run = Path.Combine(Path.GetTempPath(), "mhim-run-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        Directory.Delete(_features, true);
        if (Directory.Exists(_run))
            Directory.Delete(_run, true);
    }

    string FileOf(string slide) => Path.Combine(_features, slide + ".h5");

    [Theory]
    [InlineData("cut", "features-unreadable", "cut off")]
    [InlineData("encoder", "encoder-mismatch", "features of encoder `other`, `slide-00` of `stain-texture`")]
    [InlineData("width", "dim-mismatch", "13 features per tile, `slide-00` has 12")]
    public void What_does_not_fit_among_held_out_slides_is_said_before_training(string what, string code, string said)
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        foreach (var id in cohort.SlideIds)
            TridentFile.WriteFeatures(FileOf(id), bags.Load(id));
        var split = Mil.Cohorts.PatientFolds.Make(cohort, Planted.Options.Folds)[0];
        var odd = split.Test[^1].Id;
        var (whole, bag) = (File.ReadAllBytes(FileOf(odd)), bags.Load(odd));
        if (what == "cut")
            File.WriteAllBytes(FileOf(odd), whole[..^40]);
        else
            TridentFile.WriteFeatures(FileOf(odd), what == "width" ? new FeatureBag(odd, bag.EncoderId, 13, new float[15 * 13], bag.Coords, bag.Geometry)
                : new FeatureBag(odd, "other", bag.Dim, bag.Features, bag.Coords, bag.Geometry));

        var error = Assert.Throws<InputException>(() => Run(() => throw new InvalidOperationException("trained")));
        Assert.Equal(code, error.Code);
        Assert.Contains(odd, error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_run));

        File.WriteAllBytes(FileOf(odd), whole);
        var epochs = 0;
        Run(() => epochs++);
        Assert.True(epochs > 0);

        void Run(Action trained) => TrainingRun.Execute(cohort, [split], new FolderBagSource(_features),
            Planted.Options with { Baseline = new TrainingOptions { Epochs = 1 }, Training = new TrainingOptions { Epochs = 1 } }, _run, new Told<RunProgress>(_ => trained()));
    }
}
