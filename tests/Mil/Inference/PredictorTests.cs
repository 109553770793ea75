using Mhim.Features;
using Mhim.Mil.Backbones;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Inference;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;
using static TorchSharp.torch;

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
    [InlineData(BackboneKind.AbMil)]
    [InlineData(BackboneKind.DsMil)]
    [InlineData(BackboneKind.TransMil)]
    [InlineData(BackboneKind.MaxPooling)]
    public void Who_raises_the_hazard_of_every_time_bin_speaks_for_the_risk(BackboneKind kind)
    {
        var bag = Planted.With(Bag(), number => number - 10);
        var (dir, options) = (Path.Combine(_dir, "survival"), new MhimOptions { InputDim = bag.Dim, EmbedDim = 16, Outputs = 3, Backbone = new BackboneOptions { Kind = kind } });
        using (var model = new MhimModel(options, 3))
        {
            // Every bin reads the same, so that a softmax over the bins would call all instances alike.
            using var _ = no_grad();
            foreach (var (name, weight) in model.named_parameters().Where(p => p.name is "predictor.weight" or "online_encoder.i_classifier.0.weight"))
                weight.copy_(weight[0].unsqueeze(0).expand_as(weight));
            ModelFolder.Save(dir, model, null, new ModelCard { Name = "test", Task = "survival", TimeBins = [0, 1, 2, 3], Features = FeatureKind.Of(bag) });
        }
        using var predictor = Predictor.Load(dir, "cpu");
        var said = predictor.Predict(bag);
        Assert.Equal(30, said.ClassScores.Length);
        Assert.All(said.InstanceScores, (score, i) => Assert.Equal(said.ClassScores[(3 * i)..(3 * i + 3)].Average(), score, 1e-5));
        Assert.All(said.ClassScores.Chunk(3), bins => Assert.Equal(bins[0], bins[2], 1e-5));
        Assert.True(said.InstanceScores.Max() - said.InstanceScores.Min() > 1e-4);
    }

    [Theory]
    [InlineData(BackboneKind.AbMil)]
    [InlineData(BackboneKind.TransMil)]
    public void A_slide_of_which_all_speaks_for_a_class_has_no_dark_tiles_and_one_of_which_nothing_does_no_bright_ones(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var model = new MhimModel(new MhimOptions { InputDim = 8, EmbedDim = 16, Backbone = new BackboneOptions { Kind = kind } }, 1);
        // What three instances say where they are looked at, and how much they are.
        float[] Scores(float[] said)
        {
            float[] attention = [0.2f, 0.4f, 0.4f];
            var common = tensor(new[] { 0f, 3 });
            var evidence = stack([zeros(3), tensor(said) * tensor(attention)], 1);
            return new Mil.Tasks.Classification(2).InstanceScores(model.Backbone.ScaledEvidence(new BagOutput(zeros(1, 2), zeros(1, 16), tensor(attention).unsqueeze(0),
                kind == BackboneKind.TransMil ? evidence + common : evidence) { Common = kind == BackboneKind.TransMil ? common : null })).select(1, 1).data<float>().ToArray();
        }
        Assert.All(Scores([10, 11, 12]), score => Assert.InRange(score, 0.99f, 1));
        Assert.All(Scores([-5, -5.001f, -4.999f]), score => Assert.InRange(score, 0, 0.1f));
        Assert.All(Scores([0, 0, 1e-4f]), score => Assert.Equal(0.5f, score, 1e-3f));
    }

    [Fact]
    public void A_case_is_its_slides_one_after_the_other()
    {
        // Of a backbone that tells orders apart.
        var (dir, (a, b)) = (Path.Combine(_dir, "case"), (Planted.Bag("a", new Random(1), 5, false, 0), Planted.Bag("b", new Random(2), 4, true, 9)));
        using (var model = new MhimModel(new MhimOptions { InputDim = a.Dim, EmbedDim = 16, Backbone = new BackboneOptions { Kind = BackboneKind.TransMil } }, 3))
            ModelFolder.Save(dir, model, null, new ModelCard { Name = "test", Task = "classification", Classes = ["a", "b"], Features = FeatureKind.Of(a), BagPer = "patient" });
        using var predictor = Predictor.Load(dir, "cpu");
        Assert.True(predictor.Card.IsOfPatients);
        FeatureBag Bag(params float[][] features) => new("c", a.EncoderId, a.Dim, [.. features.SelectMany(one => one)], [], a.Geometry);
        var said = predictor.PredictCase("c", [a, Bag(), b]);
        Assert.Equal(predictor.Predict(Bag(a.Features, b.Features)).InstanceScores, said.InstanceScores);
        Assert.NotEqual(predictor.Predict(Bag(b.Features, a.Features)).Probabilities, said.Probabilities);
        Assert.Contains("case `c`", Assert.Throws<InputException>(() => predictor.PredictCase("c", [Bag(), Bag()])).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("encoder-mismatch", Assert.Throws<InputException>(() => predictor.PredictCase("c", [a, new FeatureBag("b", "resnet50", a.Dim, b.Features, [], a.Geometry)])).Code);
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
