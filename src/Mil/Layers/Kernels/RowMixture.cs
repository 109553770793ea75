using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// w·softmax(q·kᵀ), a mixture of the rows of each head's attention, head by head: nothing of the size of all of it is kept, backward makes each head's rows again. As the
/// gradient of the rows is an outer product, it is never made either.
/// </summary>
internal sealed class RowMixture : autograd.SingleTensorFunction<RowMixture>
{
    public override string Name => nameof(RowMixture);

    /// <param name="weights">[H, 1, l] in float32 at least.</param>
    /// <param name="q">[H, l, d] in the precision of k.</param>
    /// <param name="k">[n, H·d]</param>
    /// <returns>[H, n] in the weights' precision.</returns>
    public static Tensor Apply(Tensor weights, Tensor q, Tensor k)
    {
        var (heads, rows, dim) = (q.shape[0], q.shape[1], q.shape[2]);
        if (!weights.shape.SequenceEqual([heads, 1, rows]) || k.dim() != 2 || k.shape[1] != heads * dim || q.dtype != k.dtype)
            throw new ArgumentException($"Weights [{string.Join(", ", weights.shape)}], queries [{string.Join(", ", q.shape)}] and keys [{string.Join(", ", k.shape)}] do not go together.", nameof(k));
        return is_grad_enabled() && (weights.requires_grad || q.requires_grad || k.requires_grad) ? apply(weights, q, k) : Compute(weights, q, k);
    }

    /// <summary>[l, n], the attention of one head's rows.</summary>
    static Tensor Rows(Tensor q, Tensor k, long head) => AttentionRows.Of(q[head], Of(k, head, q.shape[2]));

    static Tensor Of(Tensor k, long head, long dim) => k.narrow(1, head * dim, dim);

    static Tensor Compute(Tensor weights, Tensor q, Tensor k)
    {
        using var scope = NewDisposeScope();
        var result = empty(q.shape[0], k.shape[0], weights.dtype, weights.device);
        for (long head = 0; head < q.shape[0]; head++)
        {
            using var inner = NewDisposeScope();
            result[head].copy_(weights[head].Like(q).matmul(Rows(q, k, head))[0]);
        }
        return result.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (weights, q, k) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        new Kept(weights, q, k).In(ctx);
        return Compute(weights, q, k);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var (weights, q, k) = (kept[0], kept[1], kept[2]);
        using var gradient = grad_output.contiguous();
        var (ofWeights, ofQ, ofK) = (empty_like(weights), empty(q.shape, q.dtype, q.device), empty(k.shape, k.dtype, k.device));
        var dim = q.shape[2];
        for (long head = 0; head < q.shape[0]; head++)
        {
            using var inner = NewDisposeScope();
            var rows = Rows(q, k, head);                                    // [l, n]
            var of = SlopesInPlace(rows, gradient[head]).unsqueeze(1);      // [l, 1]
            ofWeights[head].copy_(of.T);
            var weight = weights[head].T;                                   // [l, 1]
            ofQ[head].copy_(Product.Of(rows, Of(k, head, dim)).Wide() * weight);
            Product.Into(Of(ofK, head, dim), rows.T, (q[head].Wide() * weight).Like(q), add: false);
        }
        grad_output.Dispose();
        return Kept.HandOver(ofWeights.MoveToOuterDisposeScope(), ofQ.MoveToOuterDisposeScope(), ofK.MoveToOuterDisposeScope())!;
    }

    /// <summary>
    /// The gradient of a row's weight is the row times the gradient g; that of its scores is weight ⊙ row ⊙ (g − what the weight got). Turns the rows into the latter without the weight.
    /// </summary>
    /// <param name="rows">[l, n]</param>
    /// <param name="g">[n]</param>
    /// <returns>[l] the gradients of the weights.</returns>
    internal static Tensor SlopesInPlace(Tensor rows, Tensor g)
    {
        if (!Matrix.Serves(rows) || g.dtype != ScalarType.Float32)
        {
            var sums = rows.Like(g).matmul(g);
            rows.copy_(rows.Like(g) * (g - sums.unsqueeze(1)));
            return sums;
        }
        var (count, columns) = (rows.shape[0], rows.shape[1]);
        var result = empty(count, ScalarType.Float32);
        var (matrix, gradient, into) = (new Matrix(rows), new Matrix(g.unsqueeze(0)), new Matrix(result.unsqueeze(1)));
        Scratch.Share((int)count, 1, (row, _) => SlopesInPlace(matrix, gradient, into, row, columns));
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SlopesInPlace(Matrix rows, Matrix g, Matrix sums, int row, long columns)
    {
        var sum = Vector512<float>.Zero;
        for (long at = 0; at < columns; at += Matrix.Lanes)
            sum = Vector512.FusedMultiplyAdd(rows.Load(row, at), g.Load(0, at), sum);
        var total = Vector512.Create(Vector512.Sum(sum));
        sums.Store(total, row, 0);
        for (long at = 0; at < columns; at += Matrix.Lanes)
            rows.Store(rows.Load(row, at) * (g.Load(0, at) - total), row, at);
    }
}
