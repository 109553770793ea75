using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>
/// The way with the least work. Landmarks are means, and means go through a projection: M/2 rows are projected for them instead of n. The pseudo-inverse is only ever multiplied with something
/// thin. For the class token alone, its row goes through all matrices from the left, so the values are never made: what their projection is given is the weighted sum of the instances.
/// </summary>
partial class NystromAttention
{
    (Tensor Out, Tensor? Attention, Tensor? Values) Everywhere(Tensor x, long padding, bool instances)
    {
        var (q, k, v) = (Project(x, 0, Scale), Project(x, 1), Project(x, 2));                   // [p+n, M]
        var (q2, k2, inverse) = Landmarks(x);
        Tensor? attention = null;
        Tensor read;                                                                            // [H, l, d], what the landmarks read
        if (instances)
        {
            var token = inverse.After(Split(q.narrow(0, padding, 1)).matmul(k2.Like(x).transpose(-1, -2)).softmax(-1).Like(q2));   // [H, 1, l]
            (read, attention) = is_grad_enabled() ? (Read(q2.Like(x), k, v), RowMixture.Apply(token, q2.Like(x), k)) : ReadAndMix(token, q2.Like(x), k, v);
        }
        else
            read = Read(q2.Like(x), k, v);
        read = inverse.Times(read.Like(q2)).Like(x);
        var heads = Attend(Split(q), k2.Like(x), read);                                         // [H, p+n, d]
        var joined = Residual(v).PlusInPlace(heads.transpose(0, 1).reshape(-1, _dim));                 // [p+n, M]
        return (joined.narrow(0, padding, x.shape[0] - padding).Through(_toOut), attention, Split(v));
    }

    (Tensor Out, Tensor? Attention, Tensor? Values) ClassToken(Tensor x, long padding)
    {
        var (q, k) = (Project(x.narrow(0, padding, 1), 0, Scale), Project(x, 1));
        var (q2, k2, inverse) = Landmarks(x, rowsOnly: true);
        var token = inverse.After(Split(q).matmul(k2.Like(x).transpose(-1, -2)).softmax(-1).Like(q2));   // [H, 1, l]
        var attention = RowMixture.Apply(token, q2.Like(x), k);                                 // [H, p+n]
        var pooled = attention.Like(x).matmul(x).Like(q2);                                      // [H, M]
        var values = _toQkv.weight!.narrow(0, 2 * _dim, _dim).view(Heads, _dim / Heads, _dim);  // [H, d, M]
        var heads = values.matmul(pooled.unsqueeze(-1)).transpose(1, 2);                        // [H, 1, d]
        var half = ConvolutionWidth / 2;
        var (from, to) = (Math.Max(0, padding - half), Math.Min(x.shape[0], padding + half + 1));
        var near = Split(Project(x.narrow(0, from, to - from), 2)).Like(q2);                    // [H, w, d]
        heads = heads.Plus(ResidualAt(near, padding - from));
        return (heads.transpose(0, 1).reshape(1, _dim).Through(_toOut), attention, null);
    }

    /// <summary>[rows, M] → [rows, M], one of queries, keys and values.</summary>
    Tensor Project(Tensor x, int third, double scale = 1)
    {
        var weight = _toQkv.weight!.narrow(0, third * _dim, _dim);
        return Product.Linear(x, (scale == 1 ? weight : weight.Times(scale)).Like(x));
    }

    // Landmarks and their pseudo-inverse are small, and the iterations towards it would enlarge rounding: never in 16 bits.
    (Tensor Queries, Tensor Keys, PseudoInverse Inverse) Landmarks(Tensor x, bool rowsOnly = false)
    {
        var means = Means(x).Wide();                                                            // [l, M]
        var (q2, k2) = (Split(Project(means, 0, Scale)), Split(Project(means, 1)));             // [H, l, d]
        return (q2, k2, PseudoInverse.Of(Product.Of(q2, k2.transpose(-1, -2)).softmax(-1), rowsOnly));
    }

    /// <summary>softmax(qkᵀ)·v. In float32 block by block is faster; in 16 bits it is not, and the matrix half as large.</summary>
    Tensor Attend(Tensor q, Tensor k, Tensor v) =>
        q.dtype == ScalarType.BFloat16 && Math.Max(q.shape[1], k.shape[1]) <= Longest ? KeptAttention.Apply(q, k, v) : LongAttention.Apply(q, k, v);

    /// <summary>softmax(q₂kᵀ)·v: [H, l, d].</summary>
    Tensor Read(Tensor q2, Tensor k, Tensor v) => Attend(q2, Split(k), Split(v));

    /// <summary>The same without gradient, head by head, and the mixture [H, p+n] of the rows of softmax(q₂kᵀ).</summary>
    (Tensor Read, Tensor Mixture) ReadAndMix(Tensor weights, Tensor q2, Tensor k, Tensor v)
    {
        var (read, mixture) = (empty_like(q2), empty(Heads, k.shape[0], weights.dtype, weights.device));
        for (long head = 0; head < Heads; head++)
        {
            using var scope = NewDisposeScope();
            var (keys, values) = (k.narrow(1, head * _dim / Heads, _dim / Heads), v.narrow(1, head * _dim / Heads, _dim / Heads));
            var rows = AttentionRows.Of(q2[head], keys);                                    // [l, p+n]
            Product.Into(read[head], rows, values, add: false);
            mixture[head].copy_(weights[head].Like(rows).matmul(rows)[0]);
        }
        return (read, mixture);
    }

    /// <summary>The value convolution at every place: [p+n, M].</summary>
    Tensor Residual(Tensor v)
    {
        if (!Depthwise.Serves(v))
            return ResidualEverywhere(Split(v)).transpose(0, 1).reshape(-1, _dim);
        var taps = _residual.weight!.view(Heads, ConvolutionWidth).T.unsqueeze(-1).expand(-1, -1, _dim / Heads).reshape(ConvolutionWidth, _dim);
        return Depthwise.Apply(v, taps, zeros(_dim), Grid.Line(v.shape[0]), new Window(1, ConvolutionWidth));
    }
}
