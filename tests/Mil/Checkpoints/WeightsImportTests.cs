using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Inference;

namespace Mhim.Mil.Tests.Checkpoints;

public sealed class WeightsImportTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    [DataFact]
    public void The_published_DSMIL_weights_predict_as_their_formula_says()
    {
        var file = TestData.Of("weights/dsmil_c16_aggregator.pth");
        WeightsImport.ToModelFolder(file, _dir, new("simclr-c16"));
        using var predictor = Predictor.Load(_dir, "cpu");
        Assert.Equal(["normal", "tumour"], predictor.Card.Classes);

        var random = new Random(3);
        const int n = 20, d = 512;
        var features = Enumerable.Range(0, n * d).Select(_ => (float)(random.NextDouble() * 2 - 0.5)).ToArray();
        var prediction = predictor.Predict(new FeatureBag("slide", "simclr-c16", d, features, [], null));

        var weights = PtFile.Read(file).ToDictionary(w => w.Key, w => w.Value.ToSingles());
        double[] Row(int i) => [.. features[(i * d)..((i + 1) * d)].Select(x => (double)x)];
        double[] Linear(string name, double[] x) => [.. weights[name + ".bias"].Select((b, o) => b + x.Select((v, k) => v * weights[name + ".weight"][o * x.Length + k]).Sum())];
        double[] Query(double[] x) => [.. Linear("b_classifier.q.2", [.. Linear("b_classifier.q.0", x).Select(v => Math.Max(0, v))]).Select(Math.Tanh)];
        var instance = Enumerable.Range(0, n).Select(i => Linear("i_classifier.fc.0", Row(i))[0]).ToArray();
        var asked = Query(Row(Array.IndexOf(instance, instance.Max())));
        var attention = Enumerable.Range(0, n).Select(i => Math.Exp(Query(Row(i)).Zip(asked, (a, b) => a * b).Sum() / Math.Sqrt(128))).ToArray();
        attention = [.. attention.Select(a => a / attention.Sum())];
        var bag = weights["b_classifier.fcc.bias"][0] +
            Enumerable.Range(0, d).Sum(k => weights["b_classifier.fcc.weight"][k] * Enumerable.Range(0, n).Sum(i => attention[i] * Row(i)[k]));
        Assert.Equal(1 / (1 + Math.Exp(-(0.5 * bag + 0.5 * instance.Max()))), prediction.Probabilities[1], 4);
        Assert.Equal(Array.IndexOf(instance, instance.Max()), Array.IndexOf(prediction.InstanceScores, prediction.InstanceScores.Max()));
    }

    [Fact]
    public void Weights_under_the_reference_s_names_load_unchanged_and_give_the_same_answers()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var random = new Random(4);
        var features = Enumerable.Range(0, 60).Select(_ => (float)(random.NextDouble() * 4 - 2)).ToArray();
        foreach (var kind in Enum.GetValues<BackboneKind>())
        {
            var options = new MhimOptions { InputDim = 6, EmbedDim = 16, Outputs = 3, Backbone = new BackboneOptions { Kind = kind } };
            if (kind is BackboneKind.MeanPooling or BackboneKind.MaxPooling)
                continue;
            using var model = new MhimModel(options, 5);
            var file = Path.Combine(_dir, kind + ".safetensors");
            SafeTensors.Write(file, StateDict.Of(model));
            WeightsImport.ToModelFolder(file, Path.Combine(_dir, kind.ToString()), new("resnet50"));
            using var predictor = Predictor.Load(Path.Combine(_dir, kind.ToString()), "cpu");
            Assert.Equal(kind, predictor.Options.Backbone.Kind);
            using (var read = ModelFolder.Load(Path.Combine(_dir, kind.ToString()), TorchSharp.torch.CPU).Model)
                Assert.True(read.Weights.All.eq(model.Weights.All).all().item<bool>(), $"{kind}: other weights");
            using var _ = TorchSharp.torch.no_grad();
            var expected = model.Read(TorchSharp.torch.tensor(features).view(10, 6)).Logits.softmax(-1).reshape(-1).data<float>().ToArray();
            var answered = predictor.Predict(new FeatureBag("s", "resnet50", 6, features, [], null)).Probabilities;
            Assert.Equal(3, answered.Length);
            Assert.All(expected.Zip(answered), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Assert.True(expected.Max() - expected.Min() > 1e-3, $"{kind}: an answer that says nothing");
        }
    }

    [Theory]
    [InlineData("/models/uni", "a", "b")]
    [InlineData("uni", "tumour", "tumour")]
    [InlineData("uni", "a", " ")]
    public void What_could_not_be_loaded_again_is_not_written(string encoder, params string[] classes)
    {
        var (file, to) = (Path.Combine(_dir, "weights.safetensors"), Path.Combine(_dir, "made"));
        using (var model = new MhimModel(new MhimOptions { InputDim = 6, EmbedDim = 16 }, 5))
            SafeTensors.Write(file, StateDict.Of(model));
        var refused = Assert.Throws<InputException>(() => WeightsImport.ToModelFolder(file, to, new(encoder) { Classes = classes }));
        Assert.Equal(("model-unusable", false), (refused.Code, Directory.Exists(to)));
        Assert.Contains(encoder == "uni" ? "--classes" : "--encoder-id", refused.Message);
        // And the way is free for a better one.
        WeightsImport.ToModelFolder(file, to, new("uni") { Classes = ["a", "b"] });
        using var predictor = Predictor.Load(to, "cpu");
        Assert.Equal(["a", "b"], predictor.Card.Classes);
    }

    [Theory]
    [InlineData("model.", "teacher.")]
    [InlineData("model.module.", "teacher.module.")]
    [InlineData("state_dict.", null)]
    public void A_checkpoint_of_its_training_gives_model_and_teacher(string before, string? beforeTeacher)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var options = new MhimOptions { InputDim = 6, EmbedDim = 16 };
        using var model = new MhimModel(options, 5);
        using var teacher = new MhimModel(options, 6);
        var file = Path.Combine(_dir, "fold_0_model_best.safetensors");
        var tensors = StateDict.Of(model).ToDictionary(t => before + t.Key, t => t.Value);
        if (beforeTeacher is not null)
            foreach (var (name, weight) in StateDict.Of(teacher))
                tensors[beforeTeacher + name] = weight;
        tensors["optimizer.state.0.exp_avg"] = TorchSharp.torch.ones(3);
        SafeTensors.Write(file, tensors);
        WeightsImport.ToModelFolder(file, Path.Combine(_dir, "both"), new("resnet50"));
        var (read, taught, _, _) = ModelFolder.LoadWithTeacher(Path.Combine(_dir, "both"), TorchSharp.torch.CPU);
        using (read)
        using (taught)
        {
            Assert.True(read.Weights.All.eq(model.Weights.All).all().item<bool>());
            Assert.Equal(beforeTeacher is not null, taught is not null);
            if (taught is not null)
                Assert.True(taught.Weights.All.eq(teacher.Weights.All).all().item<bool>());
        }
    }

    [Fact]
    public void The_first_version_s_names_load_with_its_activation()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var model = new MhimModel(new MhimOptions { InputDim = 6, EmbedDim = 16, Recycling = null, Masking = null }, 5);
        var file = Path.Combine(_dir, "v1.safetensors");
        SafeTensors.Write(file, StateDict.Of(model).ToDictionary(t => t.Key.Replace("feature.", "patch_to_emb."), t => t.Value));
        WeightsImport.ToModelFolder(file, Path.Combine(_dir, "v1"), new("resnet50"));
        using var predictor = Predictor.Load(Path.Combine(_dir, "v1"), "cpu");
        Assert.Equal(ActivationKind.Relu, predictor.Options.Activation);
    }

    [Fact]
    public void Hazards_are_told_from_classes_by_their_time_bins_and_the_mask_by_its_ratio()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var model = new MhimModel(new MhimOptions { InputDim = 6, EmbedDim = 16, Outputs = 4, Activation = ActivationKind.Gelu }, 5);
        var (file, to) = (Path.Combine(_dir, "survival.safetensors"), Path.Combine(_dir, "survival"));
        SafeTensors.Write(file, StateDict.Of(model));
        var told = new WeightsImportOptions("uni") { TimeBins = [0, 12, 24.5, 60, 120], MaskRatio = 0.2 };
        var refused = Assert.Throws<InputException>(() => WeightsImport.ToModelFolder(file, to, told with { TimeBins = [0, 12, 24.5, 60] }));
        Assert.Equal(("weights-mismatch", false), (refused.Code, Directory.Exists(to)));
        Assert.Contains("want 5", refused.Message);
        foreach (var odd in (double[])[double.NaN, double.PositiveInfinity, 12])
        {
            var unordered = Assert.Throws<InputException>(() => WeightsImport.ToModelFolder(file, to, told with { TimeBins = [0, 12, odd, 60, 120] }));
            Assert.Equal(("model-unusable", false), (unordered.Code, Directory.Exists(to)));
            Assert.Contains("--time-bins", unordered.Message);
        }

        WeightsImport.ToModelFolder(file, to, told);
        using var predictor = Predictor.Load(to, "cpu");
        var bag = new FeatureBag("s", "uni", 6, [.. Enumerable.Range(0, 60).Select(i => MathF.Sin(i * i))], [], null);
        var answer = predictor.Predict(bag);
        using var _ = TorchSharp.torch.no_grad();
        var hazards = model.Read(TorchSharp.torch.tensor(bag.Features).view(10, 6)).Logits.sigmoid().reshape(-1).data<float>().ToArray();
        Assert.Empty(answer.Probabilities);
        double left = 1;
        Assert.Equal(-hazards.Sum(hazard => left *= 1 - hazard), answer.Risk!.Value, 1e-5);
        Assert.Equal(2, answer.Mask!.Easy.Count);
    }

    [Fact]
    public void Weights_of_no_known_layout_are_refused_by_name()
    {
        using var odd = TorchSharp.torch.ones(2);
        var file = Path.Combine(_dir, "odd.safetensors");
        SafeTensors.Write(file, new Dictionary<string, TorchSharp.torch.Tensor> { ["conv1.weight"] = odd });
        var error = Assert.Throws<InputException>(() => WeightsImport.ToModelFolder(file, Path.Combine(_dir, "out"), new("x")));
        Assert.Equal("weights-unknown", error.Code);
        Assert.Contains("conv1.weight", error.Message);
        Assert.False(Directory.Exists(Path.Combine(_dir, "out")));
    }

    [Theory]
    [InlineData("feature.0.weight", 1)]
    [InlineData("predictor.weight", 0)]
    [InlineData("merge.global_q_mm", 1)]
    public void Weights_of_a_known_name_and_a_strange_shape_are_refused(string name, int sides)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var model = new MhimModel(new MhimOptions { InputDim = 6, EmbedDim = 16 });
        var weights = StateDict.Of(model);
        weights[name] = TorchSharp.torch.ones([.. Enumerable.Repeat(16L, sides)]);
        var file = Path.Combine(_dir, "odd.safetensors");
        SafeTensors.Write(file, weights);
        var error = Assert.Throws<InputException>(() => WeightsImport.ToModelFolder(file, Path.Combine(_dir, "out"), new("x")));
        Assert.Equal("weights-mismatch", error.Code);
        Assert.Contains(name, error.Message);
        Assert.False(Directory.Exists(Path.Combine(_dir, "out")));
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }
}
