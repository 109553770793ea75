using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>What a Nyström layer gives for a sequence whose first token is the class token.</summary>
/// <param name="Out">[n, M], or [1, M] for the class token alone.</param>
/// <param name="Attention">[H, n−1] of the class token towards the instances; null unless asked for.</param>
/// <param name="Values">[H, n−1, M/H] of the instances; null unless asked for.</param>
internal sealed record NystromOutput(Tensor Out, Tensor? Attention, Tensor? Values);

/// <summary>
/// Nyström attention (Xiong et al. 2021) as TransMIL uses it: 8 heads, M/2 landmarks (means of equal stretches of the sequence, filled up
/// in front with zeros), 6 iterations towards the pseudo-inverse, a depthwise convolution of the values over 33 tokens added.
/// Keys <c>to_qkv</c>, <c>to_out.0</c>, <c>res_conv</c>.
/// </summary>
internal sealed class NystromAttention : nn.Module
{
    public const int Heads = 8;
    const int Iterations = 6, ConvolutionWidth = 33;

    // The reference's layer drops a tenth of its outputs whenever it trains with dropout at all.
    const double OutputDropout = 0.1;

    /// <summary>Sequences longer than this do not keep their attention (<see cref="LongAttention"/>): slower in 16 bits, and a fraction of the memory.</summary>
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
    public NystromOutput Forward(Tensor x, bool classTokenOnly, bool instances, Training.IDrawSource? draws)
    {
        using var scope = NewDisposeScope();     // autograd keeps what it needs; without gradients nothing is kept
        var n = x.shape[0];
        var padding = (_landmarks - n % _landmarks) % _landmarks;
        if (padding > 0)
            x = nn.functional.pad(x, [0, 0, padding, 0]);
        var (q, k, v, q2, k2) = x.dtype == ScalarType.BFloat16 ? Frugally(x, classTokenOnly ? padding : null) : InOrder(x, classTokenOnly ? padding : null);

        var a2 = PseudoInverse(q2.matmul(k2.transpose(-1, -2)).softmax(-1));                    // [H, l, l]
        var isLong = x.shape[0] > Longest && (!instances || !is_grad_enabled());
        Tensor? a3 = null;
        Tensor read;                                                                            // [H, l, d], what the landmarks read
        if (isLong)
            read = LongAttention.Apply(q2.Like(x), k, v);
        else
            read = (a3 = q2.Like(x).matmul(k.transpose(-1, -2)).softmax(-1)).matmul(v);         // a3 [H, l, p+n]
        read = a2.matmul(read.Wide()).Like(x);
        Tensor Towards(Tensor some) => some.matmul(k2.Like(q).transpose(-1, -2)).softmax(-1);   // [H, some, l]
        var a1 = isLong && !classTokenOnly ? null : Towards(q);

        var heads = a1 is null ? LongAttention.Apply(q, k2.Like(q), read) : a1.matmul(read);    // [H, p+n or 1, d]
        heads = heads + (classTokenOnly ? ResidualAt(v, padding) : ResidualEverywhere(v));
        var joined = heads.transpose(0, 1).reshape(-1, _dim);                                   // [p+n or 1, M]
        var output = (classTokenOnly ? joined : joined.narrow(0, padding, n)).Through(_toOut);
        if (draws is not null)
            output = draws.Dropout(output, _dropout);
        if (!instances)
            return new NystromOutput(output.MoveToOuterDisposeScope(), null, null);
        var at = classTokenOnly ? 0 : padding;
        var token = (a1?.narrow(1, at, 1) ?? Towards(q.narrow(1, at, 1))).Wide().matmul(a2);    // [H, 1, l]
        var attention = a3 is null ? LongAttention.Mixture(token, q2.Like(x), k) : token.Like(x).matmul(a3).Wide();   // [H, 1, p+n]
        return new NystromOutput(output.MoveToOuterDisposeScope(), attention.squeeze(1).narrow(1, padding + 1, n - 1).MoveToOuterDisposeScope(),
            v.narrow(1, padding + 1, n - 1).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Queries (all, or that of the class token), keys, values, and both landmarks, in the reference's order of operations: where a gradient is nothing but
    /// rounding, Adam makes a whole step out of its sign.
    /// </summary>
    (Tensor Q, Tensor K, Tensor V, Tensor QueryLandmarks, Tensor KeyLandmarks) InOrder(Tensor x, long? only)
    {
        var qkv = nn.functional.linear(x, _toQkv.weight!);                                      // [p+n, 3M]
        var thirds = qkv.chunk(3, 1);                   // not three narrows: each would send back a gradient as large as all three
        var (q, k, v) = (thirds[0].Times(Scale), thirds[1], thirds[2]);
        return (Split(only is { } at ? q.narrow(0, at, 1) : q), Split(k), Split(v), Split(Means(q)), Split(Means(k)));
    }

    /// <summary>The same with less work: landmarks are means, and means go through a projection, so M/2 rows are projected instead of n.</summary>
    (Tensor Q, Tensor K, Tensor V, Tensor QueryLandmarks, Tensor KeyLandmarks) Frugally(Tensor x, long? only)
    {
        var (weight, narrow) = (_toQkv.weight!, _toQkv.weight!.Like(x));
        // Landmarks and their pseudo-inverse are small, and the iterations towards it would enlarge rounding: never in 16 bits.
        var means = Means(x).Wide();                                                            // [l, M]
        var asking = only is { } at ? x.narrow(0, at, 1) : x;
        return (Split(nn.functional.linear(asking, narrow.narrow(0, 0, _dim).Times(Scale))), Split(nn.functional.linear(x, narrow.narrow(0, _dim, _dim))),
            Split(nn.functional.linear(x, narrow.narrow(0, 2 * _dim, _dim))), Split(nn.functional.linear(means, weight.narrow(0, 0, _dim)).Times(Scale)),
            Split(nn.functional.linear(means, weight.narrow(0, _dim, _dim))));
    }

    double Scale => Math.Pow(_dim / Heads, -0.5);

    /// <summary>Means over equal stretches: [rows, M] → [l, M].</summary>
    Tensor Means(Tensor t) => t.reshape(_landmarks, -1, _dim).mean([1]);

    /// <summary>[rows, M] → [H, rows, d]</summary>
    Tensor Split(Tensor t) => t.reshape(-1, Heads, _dim / Heads).transpose(0, 1);

    /// <summary>The value convolution at one place: [H, 1, d].</summary>
    Tensor ResidualAt(Tensor v, long at)
    {
        var half = ConvolutionWidth / 2;
        var (from, to) = (Math.Max(0, at - half), Math.Min(v.shape[1], at + half + 1));
        var kernel = _residual.weight!.view(Heads, 1, ConvolutionWidth).narrow(2, from - at + half, to - from);   // [H, 1, w]
        return kernel.Like(v).matmul(v.narrow(1, from, to - from));
    }

    /// <summary>The value convolution at every place: [H, p+n, d].</summary>
    Tensor ResidualEverywhere(Tensor v) => nn.functional.conv2d(v.unsqueeze(0), _residual.weight!.Like(v), padding: [ConvolutionWidth / 2, 0], groups: Heads)[0];

    /// <summary>Iterations of Razavi et al. 2014 towards the Moore–Penrose inverse, all heads started alike.</summary>
    static Tensor PseudoInverse(Tensor a)
    {
        using var scope = NewDisposeScope();
        var identity = eye(a.shape[^1], device: a.device, dtype: a.dtype);
        var z = a.transpose(-1, -2) / (a.abs().sum(-1).max() * a.abs().sum(-2).max());
        for (var i = 0; i < Iterations; i++)
        {
            var az = a.matmul(z);
            z = z.Times(0.25).matmul(Near(13, az.matmul(Near(15, az.matmul(Near(7, az))))));
        }
        return z.MoveToOuterDisposeScope();

        Tensor Near(double number, Tensor t) => identity.Times(number) - t;
    }
}
