using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Inference;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Inference;

public sealed class PredictorTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    public PredictorTests()
    {
        var bag = Bag();
        using var model = new MhimModel(new MhimOptions { InputDim = bag.Dim, EmbedDim = 8 });
        ModelFolder.Save(_dir, model, null, new ModelCard { Name = "test", Task = "classification", Classes = ["a", "b"], Features = FeatureKind.Of(bag) });
    }

    static FeatureBag Bag() => Planted.Bag("slide", new Random(1), 10, false, 0);

    [Fact]
    public void Features_of_another_kind_are_refused_by_name()
    {
        using var predictor = Predictor.Load(_dir, "cpu");
        var good = Bag();
        Assert.Equal(2, predictor.Predict(good).Probabilities.Length);
        void Refused(string code, FeatureBag bag) => Assert.Equal(code, Assert.Throws<InputException>(() => predictor.Predict(bag)).Code);
        Refused("bag-empty", new FeatureBag("s", good.EncoderId, good.Dim, [], [], good.Geometry));
        Refused("encoder-mismatch", new FeatureBag("s", "resnet50", good.Dim, good.Features, good.Coords, good.Geometry));
        Refused("dim-mismatch", new FeatureBag("s", good.EncoderId, 6, new float[60], [], good.Geometry));
        Refused("mpp-mismatch", new FeatureBag("s", good.EncoderId, good.Dim, good.Features, good.Coords, good.Geometry! with { Mpp = 1 }));
    }

    [Theory]
    [InlineData("model.safetensors", "weights-unreadable")]
    [InlineData("config.json", "model-unreadable")]
    [InlineData("card.json", "model-unreadable")]
    public void A_damaged_model_is_one_sentence(string file, string code)
    {
        File.WriteAllText(Path.Combine(_dir, file), "damaged");
        Assert.Equal(code, Assert.Throws<InputException>(() => Predictor.Load(_dir, "cpu")).Code);
        File.Delete(Path.Combine(_dir, file));
        Assert.Equal("model-missing", Assert.Throws<InputException>(() => Predictor.Load(_dir, "cpu")).Code);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_named()
    {
        File.WriteAllText(Path.Combine(_dir, "config.json"), File.ReadAllText(Path.Combine(_dir, "config.json")).Replace("\"embedDim\": 8", "\"embedDim\": 9"));
        var error = Assert.Throws<InputException>(() => Predictor.Load(_dir, "cpu"));
        Assert.Equal("weights-mismatch", error.Code);
        Assert.Contains("feature.0.weight", error.Message);
    }

    [Theory]
    [InlineData("gpu", "device-unknown")]
    [InlineData("cuda:x", "device-unknown")]
    [InlineData("cuda:99", "device-missing")]
    public void A_device_that_is_not_there_is_named(string device, string code) =>
        Assert.Equal(code, Assert.Throws<InputException>(() => Predictor.Load(_dir, device)).Code);

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    [Fact]
    public void What_is_no_number_is_refused_and_a_bag_stays_as_it_was()
    {
        var bag = Bag();
        var before = bag.Features.ToArray();
        var dir = Path.Combine(_dir, "scaled");
        using (var model = new MhimModel(new MhimOptions { InputDim = bag.Dim, EmbedDim = 8 }))
            ModelFolder.Save(dir, model, new FeatureScaler([.. before.Take(bag.Dim)], [.. Enumerable.Repeat(0.5f, bag.Dim)]),
                new ModelCard { Name = "test", Task = "classification", Classes = ["a", "b"], Features = FeatureKind.Of(bag) });
        using var predictor = Predictor.Load(dir, "cpu");
        var first = predictor.Predict(bag).Probabilities;
        Assert.Equal(first, predictor.Predict(bag).Probabilities);
        Assert.Equal(before, bag.Features);
        bag.Features[5] = float.NaN;
        Assert.Equal("features-not-finite", Assert.Throws<InputException>(() => predictor.Predict(bag)).Code);
        bag.Features[5] = float.PositiveInfinity;
        Assert.Equal("features-not-finite", Assert.Throws<InputException>(() => predictor.Predict(bag)).Code);
    }
}
