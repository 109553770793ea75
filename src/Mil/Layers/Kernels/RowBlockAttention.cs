using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// softmax(q·kᵀ)·v by products of our own, some rows of a head at a time: what lies in between stays in the caches, nothing of it is kept, and backward makes it again.
/// </summary>
internal sealed class RowBlockAttention : autograd.SingleTensorFunction<RowBlockAttention>
{
    const long Numbers = 1 << 21, FewestRows = 48;

    public override string Name => nameof(RowBlockAttention);

    /// <param name="q">[H, m, d]</param>
    /// <param name="k">[H, n, d]</param>
    /// <param name="v">[H, n, d]</param>
    /// <returns>[H, m, d], heads beside one another in memory.</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v)
    {
        if (q.dim() != 3 || k.dim() != 3 || q.shape[0] != k.shape[0] || q.shape[2] != k.shape[2] || !v.shape.SequenceEqual(k.shape))
            throw new ArgumentException($"Queries [{string.Join(", ", q.shape)}], keys [{string.Join(", ", k.shape)}] and values [{string.Join(", ", v.shape)}] do not go together.", nameof(q));
        return is_grad_enabled() && (q.requires_grad || k.requires_grad || v.requires_grad) ? apply(q, k, v) : Compute(q, k, v);
    }

    static Tensor Compute(Tensor q, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        var result = Beside(q);
        foreach (var (head, from, count) in Blocks(q, k))
        {
            using var inner = NewDisposeScope();
            Product.Into(result[head].narrow(0, from, count), AttentionRows.Of(q[head].narrow(0, from, count), k[head]), v[head], add: false);
        }
        return result.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        var result = Compute(q, k, v);
        new Kept(q, k, v, result).In(ctx);
        return result.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var (q, k, v, result) = (kept[0], kept[1], kept[2], kept[3]);
        var (ofQ, ofK, ofV) = (Beside(q), Beside(k), Beside(v));
        foreach (var (head, from, count) in Blocks(q, k))
        {
            using var inner = NewDisposeScope();
            var (some, g) = (q[head].narrow(0, from, count), grad_output[head].narrow(0, from, count));             // [r, d]
            var rows = AttentionRows.Of(some, k[head]);                                                                // [r, n]
            Product.Into(ofV[head], rows.T, g, add: from > 0);
            var slopes = Product.Of(g, v[head].T);                                                                  // [r, n]
            slopes.sub_((g * result[head].narrow(0, from, count)).sum(dim: -1, keepdim: true)).mul_(rows);
            Product.Into(ofQ[head].narrow(0, from, count), slopes, k[head], add: false);
            Product.Into(ofK[head], slopes.T, some, add: from > 0);
        }
        grad_output.Dispose();
        return Kept.HandOver(ofQ.MoveToOuterDisposeScope(), ofK.MoveToOuterDisposeScope(), ofV.MoveToOuterDisposeScope())!;
    }

    /// <summary>[H, r, d] that lie as [r, H·d], as what they are joined to wants them.</summary>
    static Tensor Beside(Tensor like) => empty([like.shape[1], like.shape[0], like.shape[2]], like.dtype, like.device).transpose(0, 1);

    static IEnumerable<(long Head, long From, long Count)> Blocks(Tensor q, Tensor k)
    {
        var (m, most) = (q.shape[1], Math.Max(FewestRows, Numbers / k.shape[1] / FewestRows * FewestRows));
        for (long head = 0; head < q.shape[0]; head++)
            for (long from = 0; from < m; from += most)
                yield return (head, from, Math.Min(most, m - from));
    }
}
