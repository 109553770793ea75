using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>What a Nyström layer gives for a sequence whose first token is the class token.</summary>
/// <param name="Out">[n, M], or [1, M] for the class token alone.</param>
/// <param name="Attention">[H, n−1] of the class token towards the instances; null unless asked for.</param>
/// <param name="Values">[H, n−1, M/H] of the instances; null unless asked for, and for the class token alone.</param>
internal sealed record NystromOutput(Tensor Out, Tensor? Attention, Tensor? Values);

/// <summary>
/// Nyström attention (Xiong et al. 2021) as TransMIL uses it: 8 heads, M/2 landmarks (means of equal stretches of the sequence, filled up
/// in front with zeros), 6 iterations towards the pseudo-inverse, a depthwise convolution of the values over 33 tokens added.
/// Keys <c>to_qkv</c>, <c>to_out.0</c>, <c>res_conv</c>.
/// </summary>
internal sealed partial class NystromAttention : nn.Module
{
    public const int Heads = 8;
    const int ConvolutionWidth = 33;

    // The reference's layer drops a tenth of its outputs whenever it trains with dropout at all.
    const double OutputDropout = 0.1;

    /// <summary>Sequences up to this length keep to the reference's order of operations in float32 and float64; longer ones take the way with the least work.</summary>
    internal long InOrderUpTo { get; set; } = 512;

    /// <summary>Sequences longer than this do not keep their attention in 16 bits either (<see cref="LongAttention"/>): slower there, and a fraction of the memory.</summary>
    internal long Longest { get; set; } = 32_768;

    readonly Linear _toQkv, _toOut;
    readonly Conv2d _residual;
    readonly int _dim, _landmarks;
    readonly double _dropout;

    public NystromAttention(int dim, double modelDropout) : base(nameof(NystromAttention))
    {
        (_dim, _landmarks, _dropout) = (dim, dim / 2, modelDropout > 0 ? OutputDropout : 0);
        _toQkv = nn.Linear(dim, 3 * dim, hasBias: false);
        _toOut = nn.Linear(dim, dim);
        _residual = nn.Conv2d(Heads, Heads, (ConvolutionWidth, 1), padding: (ConvolutionWidth / 2, 0), groups: Heads, bias: false);
        register_module("to_qkv", _toQkv);
        register_module("to_out", nn.Sequential(("0", _toOut)));
        register_module("res_conv", _residual);
    }

    /// <summary>[M, M] and [M], how heads become an output.</summary>
    public Linear ToOut => _toOut;

    /// <param name="x">[n, M], the class token first.</param>
    /// <param name="classTokenOnly">Whether only the class token's output is wanted: then most of the work falls away.</param>
    /// <param name="instances">Whether attention and values of the instances are wanted.</param>
    /// <param name="draws">Where dropout comes from; null: none.</param>
    /// <param name="letGo">Whether <paramref name="x"/> may be disposed of once there is a filled up copy of it.</param>
    public NystromOutput Forward(Tensor x, bool classTokenOnly, bool instances, Training.IDrawSource? draws, bool letGo = false)
    {
        using var scope = NewDisposeScope();     // autograd keeps what it needs; without gradients nothing is kept
        var n = x.shape[0];
        var padding = (_landmarks - n % _landmarks) % _landmarks;
        if (padding > 0)
        {
            var filled = nn.functional.pad(x, [0, 0, padding, 0]);
            if (letGo)
                x.Dispose();
            x = filled;
        }
        var (output, attention, values) = x.dtype != ScalarType.BFloat16 && n <= InOrderUpTo ? InOrder(x, padding, classTokenOnly, instances)
            : classTokenOnly ? ClassToken(x, padding) : Everywhere(x, padding, instances);
        if (draws is not null)
        {
            var whole = output;
            output = draws.Dropout(whole, _dropout);
            if (!ReferenceEquals(output, whole))
                whole.Dispose();
        }
        if (!instances)
            return new NystromOutput(output.MoveToOuterDisposeScope(), null, null);
        return new NystromOutput(output.MoveToOuterDisposeScope(), attention!.narrow(1, padding + 1, n - 1).MoveToOuterDisposeScope(),
            values?.narrow(1, padding + 1, n - 1).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// In the reference's order of operations: where a gradient is nothing but rounding, Adam makes a whole step out of its sign. Short sequences only; a long one has rounding of
    /// its own in every sum.
    /// </summary>
    (Tensor Out, Tensor? Attention, Tensor? Values) InOrder(Tensor x, long padding, bool classTokenOnly, bool instances)
    {
        var qkv = nn.functional.linear(x, _toQkv.weight!);                                      // [p+n, 3M]
        var thirds = qkv.chunk(3, 1);                   // not three narrows: each would send back a gradient as large as all three
        var scaled = thirds[0].Times(Scale);
        var (q, k, v) = (Split(classTokenOnly ? scaled.narrow(0, padding, 1) : scaled), Split(thirds[1]), Split(thirds[2]));
        var (q2, k2) = (Split(Means(scaled)), Split(Means(thirds[1])));
        var a1 = q.matmul(k2.transpose(-1, -2)).softmax(-1);                                    // [H, p+n or 1, l]
        var a2 = PseudoInverse.InOrder(q2.matmul(k2.transpose(-1, -2)).softmax(-1));            // [H, l, l]
        var a3 = q2.matmul(k.transpose(-1, -2)).softmax(-1);                                    // [H, l, p+n]
        var heads = a1.matmul(a2.matmul(a3.matmul(v)));                                         // [H, p+n or 1, d]
        heads = heads.Plus(classTokenOnly ? ResidualAt(v, padding) : ResidualEverywhere(v));
        var joined = heads.transpose(0, 1).reshape(-1, _dim);                                   // [p+n or 1, M]
        var output = (classTokenOnly ? joined : joined.narrow(0, padding, joined.shape[0] - padding)).Through(_toOut);
        if (!instances)
            return (output, null, null);
        var token = classTokenOnly ? a1 : a1.narrow(1, padding, 1);
        return (output, token.matmul(a2).matmul(a3).squeeze(1), classTokenOnly ? null : v);
    }

    double Scale => Math.Pow(_dim / Heads, -0.5);

    /// <summary>Means over equal stretches: [rows, M] → [l, M].</summary>
    Tensor Means(Tensor t) => t.reshape(_landmarks, -1, _dim).mean([1]);

    /// <summary>[rows, M] → [H, rows, d]</summary>
    Tensor Split(Tensor t) => t.reshape(-1, Heads, _dim / Heads).transpose(0, 1);

    /// <summary>The value convolution at one place: [H, 1, d].</summary>
    /// <param name="v">[H, w, d], the values or those near the place.</param>
    /// <param name="at">The place.</param>
    Tensor ResidualAt(Tensor v, long at)
    {
        var half = ConvolutionWidth / 2;
        var (from, to) = (Math.Max(0, at - half), Math.Min(v.shape[1], at + half + 1));
        var kernel = _residual.weight!.view(Heads, 1, ConvolutionWidth).narrow(2, from - at + half, to - from);   // [H, 1, w]
        return kernel.Like(v).matmul(v.narrow(1, from, to - from));
    }

    /// <summary>The value convolution at every place: [H, p+n, d].</summary>
    Tensor ResidualEverywhere(Tensor v) => nn.functional.conv2d(v.unsqueeze(0), _residual.weight!.Like(v), padding: [ConvolutionWidth / 2, 0], groups: Heads)[0];
}
