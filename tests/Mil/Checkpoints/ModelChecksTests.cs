using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Inference;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;
using TorchSharp;

namespace Mhim.Mil.Tests.Checkpoints;

/// <summary>Model folders that contradict themselves: each is one sentence when it is loaded, not a wrong answer later.</summary>
public sealed class ModelChecksTests : IDisposable
{
    readonly string _dir = Directory.CreateTempSubdirectory("mhim-model-").FullName;
    readonly FeatureBag _bag = Planted.Bag("slide", new Random(1), 10, false, 0);

    public ModelChecksTests() => Save(_dir, 1);

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    void Save(string dir, ulong seed)
    {
        using var model = new MhimModel(new MhimOptions { InputDim = _bag.Dim, EmbedDim = 8 }, seed);
        ModelFolder.Save(dir, model, new FeatureScaler(new float[_bag.Dim], [.. Enumerable.Repeat(1f, _bag.Dim)]),
            new ModelCard { Name = "test", Task = "classification", Classes = ["a", "b"], Features = FeatureKind.Of(_bag) });
    }

    void Refused(string code, string word)
    {
        var error = Assert.Throws<InputException>(() => Predictor.Load(_dir, "cpu"));
        Assert.Equal(code, error.Code);
        Assert.Contains(word, error.Message);
    }

    /// <summary>Sets what stands at a path such as <c>features.dim</c>; no value takes it away.</summary>
    void Edit(string file, string path, string? value)
    {
        file = Path.Combine(_dir, file);
        var root = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        var parts = path.Split('.');
        var at = parts[..^1].Aggregate(root, (node, part) => node[part]!.AsObject());
        if (value is null)
            at.Remove(parts[^1]);
        else
            at[parts[^1]] = JsonNode.Parse(value);
        File.WriteAllText(file, root.ToJsonString());
    }

    [Theory]
    [InlineData("name", "null", "name")]
    [InlineData("name", "\"a\\u0000b\"", "name")]
    [InlineData("features", "null", "features")]
    [InlineData("features.encoderId", "null", "encoder")]
    [InlineData("features.encoderId", "\"../../x\"", "encoder")]
    [InlineData("features.dim", "13", "reads 12")]
    [InlineData("features.mpp", "-0.5", "mpp")]
    [InlineData("features.tileSize", "-5", "tileSize")]
    [InlineData("classes", "null", "classes")]
    [InlineData("classes", "[null, null]", "classes")]
    [InlineData("classes", "[\"a\", \"a\"]", "different")]
    [InlineData("classes", "[\"a\", \"b\", \"c\"]", "names 3")]
    [InlineData("classes", "[]", "either")]
    [InlineData("timeBins", "[1, 2, 3]", "either")]
    [InlineData("timeBins", "[3, 2, \"NaN\"]", "ascend")]
    [InlineData("task", "\"survival\"", "task")]
    [InlineData("metrics", "null", "metrics")]
    [InlineData("train", "null", "train")]
    [InlineData("test", "[null]", "ids")]
    [InlineData("temperature", "0", "temperature")]
    [InlineData("temperature", "-1", "temperature")]
    [InlineData("temperature", "\"NaN\"", "temperature")]
    public void A_card_that_cannot_be_is_refused(string path, string value, string word)
    {
        Edit("card.json", path, value);
        Refused("model-unreadable", word);
    }

    [Theory]
    [InlineData("backbone", "null", "null")]
    [InlineData("teacher", "null", "null")]
    [InlineData("consistency", "null", "null")]
    [InlineData("activation", "77", "config.json")]
    [InlineData("activation", null, "activation")]
    [InlineData("masking.schedule", "9", "config.json")]
    [InlineData("gated", "true", "gated")]
    public void A_configuration_that_does_not_say_what_the_model_is_is_refused(string path, string? value, string word)
    {
        Edit("config.json", path, value);
        Refused("model-unreadable", word);
    }

    [Fact]
    public void Widths_are_compared_before_memory_is_asked_for()
    {
        // 8 million times 8 million would be asked for otherwise.
        foreach (var (path, value, word) in ((string, string, string)[])[("embedDim", "8000000", "feature.0.weight"), ("recycling.tokens", "2000000000", "merge.global_q_mm")])
        {
            Save(_dir, 1);
            Edit("config.json", path, value);
            Refused("weights-mismatch", word);
        }
        // Nor for tokens of which the weights, a baseline's, hold none.
        using (var baseline = new MhimModel(new MhimOptions { InputDim = _bag.Dim, EmbedDim = 8, Masking = null, Recycling = null }, 1))
            ModelFolder.Save(_dir, baseline, null, new ModelCard { Name = "test", Task = "classification", Classes = ["a", "b"], Features = FeatureKind.Of(_bag) });
        Edit("config.json", "recycling", """{"tokens":2000000000}""");
        Refused("weights-mismatch", "missing merge.global_q_mm");
    }

    [Fact]
    public void Files_of_two_models_are_told_apart()
    {
        var other = Path.Combine(_dir, "other");
        Save(other, 2);
        File.Copy(Path.Combine(other, "model.safetensors"), Path.Combine(_dir, "model.safetensors"), overwrite: true);
        Refused("weights-mismatch", "model.safetensors is not the file");
        Save(_dir, 1);
        Edit("config.json", "activation", "\"Relu\"");
        Refused("weights-mismatch", "config.json is not the file");
    }

    [Fact]
    public void Statistics_of_the_features_are_whole_or_refused_and_weights_are_numbers()
    {
        var file = Path.Combine(_dir, "model.safetensors");
        foreach (var (change, word) in ((Action<Dictionary<string, torch.Tensor>>, string)[])
            [(t => t.Remove("input.scale"), "statistics"), (t => t.Remove("input.mean"), "statistics"), (t => t["input.scale"] = t["input.scale"].to(torch.float64), "statistics"),
                (t => t["input.scale"] = torch.full_like(t["input.scale"], -1), "statistics"), (t => t["predictor.bias"] = torch.tensor(new[] { 0f, float.NaN }), "predictor.bias")])
        {
            Save(_dir, 1);
            using var scope = torch.NewDisposeScope();
            var (tensors, metadata) = SafeTensors.Read(file);
            change(tensors);
            SafeTensors.Write(file, tensors, metadata);
            Refused("weights-mismatch", word);
        }
    }

    [Fact]
    public void An_answer_that_is_no_number_is_not_given()
    {
        using var predictor = Predictor.Load(_dir, "cpu");
        var huge = new FeatureBag("slide", _bag.EncoderId, _bag.Dim, [.. _bag.Features.Select((x, i) => i % 2 == 0 ? 3e38f : -3e38f)], _bag.Coords, _bag.Geometry);
        Assert.Equal("prediction-not-finite", Assert.Throws<InputException>(() => predictor.Predict(huge)).Code);
    }
}
