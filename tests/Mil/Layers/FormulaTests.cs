using Mhim.Mil.Backbones;
using Mhim.Mil.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Layers;

/// <summary>What no recorded step covers, worked out number by number.</summary>
public sealed class FormulaTests
{
    static readonly float[,] H = { { 0.5f, -1, 2 }, { 1, 0.25f, -0.5f } };

    [Fact]
    public void Gated_attention_is_what_times_gate()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var attention = new GatedAttention(3);
        var names = attention.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var (parameter, at) in names.Values.Select((parameter, at) => (parameter, at)))
            parameter.copy_(linspace(-1 - at, 1.5, parameter.numel()).view(parameter.shape));
        var (what, gate, score) = (Rows(names["attention_a.0.weight"]), Rows(names["attention_b.0.weight"]), Rows(names["attention_c.weight"])[0]);

        var got = attention.forward(tensor(H)).data<float>().ToArray();

        for (var i = 0; i < 2; i++)
        {
            double sum = 0;
            for (var j = 0; j < score.Length; j++)
            {
                double v = 0, u = 0;
                for (var d = 0; d < 3; d++)
                    (v, u) = (v + what[j][d] * H[i, d], u + gate[j][d] * H[i, d]);
                sum += score[j] * Gelu(v) / (1 + Math.Exp(-u));
            }
            Assert.Equal(sum, got[i], 1e-4 * Math.Abs(sum));
        }

        static double Gelu(double x) => x * 0.5 * (1 + special.erf(tensor(x / Math.Sqrt(2))).item<double>());
        static float[][] Rows(Tensor t) => [.. Enumerable.Range(0, (int)t.shape[0]).Select(i => t[i].data<float>().ToArray())];
    }

    [Theory]
    [InlineData(false, new[] { 0.75f, -0.375f, 0.75f })]
    [InlineData(true, new[] { 1f, 0.25f, 2f })]
    public void Pooling_is_the_mean_or_the_maximum_of_each_feature(bool maximum, float[] expected)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var pooling = new Pooling(maximum);
        using var predictor = nn.Linear(3, 2);

        var bag = pooling.Read(tensor(H), predictor, instances: true, null);

        Assert.Equal(expected, bag.Embedding.data<float>().ToArray());
        Assert.Equal(predictor.forward(tensor(expected)).data<float>().ToArray(), bag.Logits.data<float>().ToArray());
        // What the instances say adds up to what the bag says, but for the predictor's bias.
        var said = (bag.Evidence!.sum([0]) + predictor.bias!).data<float>().ToArray();
        Assert.All(said.Zip(bag.Logits.data<float>().ToArray()), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
        Assert.Equal(1, bag.Attention!.sum().item<float>(), 1e-6);
    }

    [Fact]
    public void Fresh_weights_are_Xavier_normal_biases_zero_and_global_tokens_uniform()
    {
        using var model = new MhimModel(new MhimOptions { InputDim = 256, EmbedDim = 128, Outputs = 2, Recycling = new RecyclingOptions { Tokens = 10 } }, 3);
        var named = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var projection = named["feature.0.weight"].data<float>().ToArray();
        Assert.Equal(Math.Sqrt(2.0 / (256 + 128)), Math.Sqrt(projection.Average(w => w * w)), 1e-3);
        Assert.True(projection.Max() > 3 * Math.Sqrt(2.0 / (256 + 128))); // normal, not uniform
        Assert.All(named["feature.0.bias"].data<float>().ToArray(), bias => Assert.Equal(0, bias));
        var tokens = named.Single(p => p.Key.EndsWith("global_q_mm", StringComparison.Ordinal)).Value.data<float>().ToArray();
        var bound = Math.Sqrt(6.0 / (3 * 16 * 16 + 128));
        Assert.InRange(tokens.Max(), 0.99 * bound, bound);
        Assert.InRange(tokens.Min(), -bound, -0.99 * bound);
        Assert.Equal(bound / Math.Sqrt(3), Math.Sqrt(tokens.Average(t => t * t)), 0.05 * bound);
    }
}
