using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// softmax(q·kᵀ)·v in float32 by products of our own, some rows of a head at a time: what lies in between stays in the caches, nothing of it is kept, and backward makes it again.
/// A head is one worker's where there are heads enough; else all workers go through a head together. The numbers are the same.
/// </summary>
internal sealed unsafe class RowBlockAttention : autograd.SingleTensorFunction<RowBlockAttention>
{
    const long Numbers = 1 << 20, FewestRows = 48;

    public override string Name => nameof(RowBlockAttention);

    /// <param name="q">[H, m, d]</param>
    /// <param name="k">[H, n, d]</param>
    /// <param name="v">[H, n, d]</param>
    /// <returns>[H, m, d], heads beside one another in memory.</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v)
    {
        if (q.dim() != 3 || k.dim() != 3 || q.shape[0] != k.shape[0] || q.shape[2] != k.shape[2] || !v.shape.SequenceEqual(k.shape) || new[] { q, k, v }.Any(t => t.dtype != ScalarType.Float32))
            throw new ArgumentException($"Queries [{string.Join(", ", q.shape)}], keys [{string.Join(", ", k.shape)}] and values [{string.Join(", ", v.shape)}] in float32 do not go together.", nameof(q));
        return is_grad_enabled() && (q.requires_grad || k.requires_grad || v.requires_grad) ? apply(q, k, v) : Compute(q, k, v);
    }

    static Tensor Compute(Tensor q, Tensor k, Tensor v)
    {
        var result = Beside(q);
        var (m, n, d) = (q.shape[1], k.shape[1], q.shape[2]);
        var (queries, keys, values, into) = (Strided.All(q), Strided.All(k), Strided.All(v), Strided.All(result));
        Scratch.EachHead(queries.Length, BlockRows(n) * n, (head, scratch, share) =>
        {
            foreach (var (from, count) in Blocks(m, n))
            {
                var rows = new Strided((nint)scratch.Floats, n, 1);
                Softmax(queries[head].Below(from), keys[head], rows, (count, d, n), share);
                ProductWork.Run(rows, values[head], into[head].Below(from), null, (count, n, d), 1, false, share);
            }
        });
        GC.KeepAlive((q, k, v));
        return result;
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
        var (m, n, d) = (q.shape[1], k.shape[1], q.shape[2]);
        var (ofQ, ofK, ofV) = (Beside(q), Beside(k), Beside(v));
        var totals = (grad_output * result).sum(dim: -1);                                                               // [H, m], what slopes are less
        var (queries, keys, values, gradients, sums) = (Strided.All(q), Strided.All(k), Strided.All(v), Strided.All(grad_output), Strided.All(totals.unsqueeze(-1)));
        var (toQ, toK, toV) = (Strided.All(ofQ), Strided.All(ofK), Strided.All(ofV));
        Scratch.EachHead(queries.Length, 2 * BlockRows(n) * n, (head, scratch, share) =>
        {
            foreach (var (from, count) in Blocks(m, n))
            {
                var (rows, slopes) = (new Strided((nint)scratch.Floats, n, 1), new Strided((nint)(scratch.Floats + count * n), n, 1));
                var (some, g, less) = (queries[head].Below(from), gradients[head].Below(from), sums[head].Below(from));
                Softmax(some, keys[head], rows, (count, d, n), share);                                                  // [r, n]
                ProductWork.Run(rows.T, g, toV[head], null, (n, count, d), 1, from > 0, share);
                ProductWork.Run(g, values[head].T, slopes, null, (count, d, n), 1, false, share);                       // [r, n]
                share((int)count, 0, (row, _) => SoftmaxRow.SlopesInPlace(slopes.At(row, 0), rows.At(row, 0), n, *less.At(row, 0)));
                ProductWork.Run(slopes, keys[head], toQ[head].Below(from), null, (count, n, d), 1, false, share);
                ProductWork.Run(slopes.T, some, toK[head], null, (n, count, d), 1, from > 0, share);
            }
        });
        GC.KeepAlive(totals);
        grad_output.Dispose();
        return Kept.HandOver(ofQ.MoveToOuterDisposeScope(), ofK.MoveToOuterDisposeScope(), ofV.MoveToOuterDisposeScope())!;
    }

    static void Softmax(Strided q, Strided k, Strided rows, (long M, long D, long N) size, ProductWork.Sharing share)
    {
        ProductWork.Run(q, k.T, rows, null, size, 1, false, share);
        share((int)size.M, 0, (row, _) => SoftmaxRow.InPlace(rows.At(row, 0), size.N));
    }

    /// <summary>[H, r, d] that lie as [r, H·d], as what they are joined to wants them.</summary>
    static Tensor Beside(Tensor like) => empty([like.shape[1], like.shape[0], like.shape[2]], like.dtype, like.device).transpose(0, 1);

    static long BlockRows(long n) => Math.Max(FewestRows, Numbers / n / FewestRows * FewestRows);

    static IEnumerable<(long From, long Count)> Blocks(long m, long n)
    {
        for (long from = 0, most = BlockRows(n); from < m; from += most)
            yield return (from, Math.Min(most, m - from));
    }
}
