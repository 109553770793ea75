using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// softmax(q·kᵀ)·v in bfloat16 with the matrix in between kept for backward. Softmax and its gradient are made in place, and heads are laid out one after the other once, where
/// libtorch would do so for each product.
/// </summary>
internal sealed class KeptAttention : autograd.SingleTensorFunction<KeptAttention>
{
    public override string Name => nameof(KeptAttention);

    /// <param name="q">[H, m, d]</param>
    /// <param name="k">[H, n, d]</param>
    /// <param name="v">[H, n, d]</param>
    /// <returns>[H, m, d]</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v)
    {
        if (q.dim() != 3 || k.dim() != 3 || q.shape[0] != k.shape[0] || q.shape[2] != k.shape[2] || !v.shape.SequenceEqual(k.shape) || q.dtype != k.dtype || q.dtype != v.dtype)
            throw new ArgumentException($"Queries [{string.Join(", ", q.shape)}], keys [{string.Join(", ", k.shape)}] and values [{string.Join(", ", v.shape)}] do not go together.", nameof(q));
        if (is_grad_enabled() && (q.requires_grad || k.requires_grad || v.requires_grad))
            return apply(q, k, v);
        using var scope = NewDisposeScope();
        return AttentionRows.Of(q, k).matmul(v).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous(), ((Tensor)vars[2]).contiguous());
        var rows = AttentionRows.Of(q, k);                                                  // [H, m, n]
        new Kept(q, k, v, rows).In(ctx);
        return rows.matmul(v).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var (q, k, v, rows) = (kept[0], kept[1], kept[2], kept[3]);
        var g = grad_output.contiguous();
        var ofV = rows.transpose(-1, -2).matmul(g);
        var slopes = g.matmul(v.transpose(-1, -2));                                         // [H, m, n]
        if (RowSoftmax.Serves(slopes))
            RowSoftmax.SlopesInPlace(slopes, rows);
        else
        {
            var (wide, y) = (slopes.Wide(), rows.Wide());
            slopes = (y * (wide - (y * wide).sum(dim: -1, keepdim: true))).Like(rows);
        }
        var (ofQ, ofK) = (slopes.matmul(k), slopes.transpose(-1, -2).matmul(q));
        grad_output.Dispose();
        return Kept.HandOver(ofQ.MoveToOuterDisposeScope(), ofK.MoveToOuterDisposeScope(), ofV.MoveToOuterDisposeScope())!;
    }
}
