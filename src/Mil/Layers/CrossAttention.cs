using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>Multi-head attention of k query tokens over n instances, 8 heads of 64. Keys <c>to_kv</c>, <c>to_q</c>, <c>to_out.0</c>.</summary>
internal sealed class CrossAttention : nn.Module
{
    const int Heads = 8, HeadDim = 64, Inner = Heads * HeadDim;

    readonly Linear _toKv, _toQ, _toOut;

    public CrossAttention(int dim) : base(nameof(CrossAttention))
    {
        _toKv = nn.Linear(dim, 2 * Inner, hasBias: false);
        _toQ = nn.Linear(dim, Inner, hasBias: false);
        _toOut = nn.Linear(Inner, dim);
        register_module("to_kv", _toKv);
        register_module("to_q", _toQ);
        register_module("to_out", nn.Sequential(("0", _toOut)));
    }

    /// <param name="instances">[n, M]</param>
    /// <param name="queries">[k, M]</param>
    /// <param name="draws">Where dropout comes from; null: none.</param>
    /// <param name="dropout">Share of attention weights and outputs that training drops.</param>
    /// <returns>[k, M]</returns>
    public Tensor Forward(Tensor instances, Tensor queries, Training.IDrawSource? draws, double dropout)
    {
        var kv = _toKv.forward(instances).view(-1, 2, Heads, HeadDim);               // [n, 2, 8, 64]
        var k = kv.select(1, 0).permute(1, 2, 0);                                    // [8, 64, n]
        var v = kv.select(1, 1).transpose(0, 1);                                     // [8, n, 64]
        var q = _toQ.forward(queries).view(-1, Heads, HeadDim).transpose(0, 1);      // [8, k, 64]
        var a = q.matmul(k).Times(1.0 / Math.Sqrt(HeadDim)).softmax(-1);               // [8, k, n]
        if (draws is not null)
            a = draws.Dropout(a, dropout);
        var z = _toOut.forward(a.matmul(v).transpose(0, 1).reshape(-1, Inner));      // [k, M]
        return draws is null ? z : draws.Dropout(z, dropout);
    }
}
