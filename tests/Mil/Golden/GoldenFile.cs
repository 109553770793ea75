using System.Globalization;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Golden;

/// <summary>A recorded training of the reference: configuration, start weights, draws, and what came out at every step.</summary>
sealed class GoldenFile : IDisposable
{
    readonly Dictionary<string, string> _configuration;

    public GoldenFile(string path)
    {
        using var scope = NewDisposeScope();
        (Tensors, _configuration) = SafeTensors.Read(path);
        foreach (var tensor in Tensors.Values)
            tensor.DetachFromDisposeScope();
    }

    public Dictionary<string, Tensor> Tensors { get; }

    public string Text(string key) => _configuration[key];

    public bool Has(string key) => _configuration.ContainsKey(key);

    public double Number(string key, double otherwise = double.NaN) =>
        _configuration.TryGetValue(key, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public int Steps => (int)Number("steps");

    public bool IsPure => Text("version") == "pure";

    public Tensor this[string name] => Tensors[name];

    /// <summary>Tensors whose name starts so, by the rest of the name.</summary>
    public Dictionary<string, Tensor> Under(string prefix) => Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(t => t.Key[prefix.Length..], t => t.Value);

    public MhimOptions Options()
    {
        var options = new MhimOptions
        {
            InputDim = (int)Number("input_dim"),
            EmbedDim = (int)Number("mlp_dim"),
            Outputs = (int)Number("n_classes"),
            Activation = Enum.Parse<ActivationKind>(Text("act"), ignoreCase: true),
            Dropout = Number("dropout"),
            Backbone = new BackboneOptions { Kind = Text("baseline") switch
            {
                "attn" => BackboneKind.AbMil,
                "dsmil" => BackboneKind.DsMil,
                "selfattn" => BackboneKind.TransMil,
                var other => throw new InvalidOperationException($"No backbone is named {other}."),
            } },
        };
        if (IsPure)
            return options.AsBaseline();
        return options with
        {
            Masking = new MaskingOptions
            {
                RatioHigh = Number("mask_ratio_h"), RatioHighRandom = Number("mask_ratio_hr"),
                RatioLow = Number("mask_ratio_l"), RatioRandom = Number("mask_ratio"),
            },
            Recycling = Text("version") != "2" ? null : new RecyclingOptions
            {
                KeepRatio = Number("merge_ratio"), Tokens = (int)Number("merge_k"), Momentum = Number("merge_mm"),
            },
            Teacher = new TeacherOptions
            {
                Momentum = Number("mm"),
                Scores = Text("attn2score") == "True" ? InstanceScoreKind.ClassAware : InstanceScoreKind.Attention,
            },
            Consistency = new ConsistencyOptions { Weight = Number("aux_alpha"), TeacherTemperature = Number("temp_t") },
        };
    }

    /// <summary>The draws of one step: recorded noise as it is; a recorded permutation as noise that sorts into it.</summary>
    public IDrawSource Draws(int step) => new Recorded(this, $"step{step}.");

    public void Dispose()
    {
        foreach (var tensor in Tensors.Values)
            tensor.Dispose();
    }

    sealed class Recorded(GoldenFile file, string step) : IDrawSource
    {
        int _permutation;

        public Tensor Uniform(Draw draw, long count)
        {
            var noise = draw == Draw.RecycleOrder ? file[step + "recycle_noise"].alias() : NoiseOf(file[$"{step}perm{_permutation++}"]);
            Assert.Equal(count, noise.shape[0]);
            return noise;
        }

        public Tensor Dropout(Tensor x, double p)
        {
            Assert.Equal(0, p);
            return x;
        }

        static Tensor NoiseOf(Tensor permutation)
        {
            var count = permutation.shape[0];
            return zeros(count).scatter_(0, permutation, arange(count, ScalarType.Float32).div_(count));
        }
    }
}
