using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>
/// softmax(q·kᵀ)·v where the matrix in between is too large to keep: at 50,000 instances, 256 landmarks and 8 heads it has 410 MB, and a training step keeps
/// several. libtorch's fused kernel goes through it block by block, and again on the way back.
/// </summary>
internal static class LongAttention
{
    // Columns at a time of what is summed up here: 8 heads × 256 landmarks × 4,096 are 32 MB.
    const int Block = 4096;

    /// <param name="q">[H, m, d]</param>
    /// <param name="k">[H, n, d]</param>
    /// <param name="v">[H, n, d]</param>
    /// <returns>[H, m, d]; nothing is divided by √d.</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v)
    {
        // The kernel divides by √d; the shorter side takes it back.
        var scale = Math.Sqrt(q.shape[^1]);
        (q, k) = q.shape[1] <= k.shape[1] ? (q.Times(scale), k) : (q, k.Times(scale));
        return nn.functional.scaled_dot_product_attention(q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0))[0];
    }

    /// <summary>weights·softmax(q·kᵀ): a mixture of its rows, without the rows. For scores, which take no gradient.</summary>
    /// <param name="weights">[H, 1, m]</param>
    /// <param name="q">[H, m, d]</param>
    /// <param name="k">[H, n, d]</param>
    /// <returns>[H, 1, n] in float32.</returns>
    public static Tensor Mixture(Tensor weights, Tensor q, Tensor k)
    {
        using var scope = NewDisposeScope();
        var n = k.shape[1];
        var total = full([q.shape[0], q.shape[1], 1], double.NegativeInfinity, ScalarType.Float32, q.device);   // log of the sums, [H, m, 1]
        for (long from = 0; from < n; from += Block)
        {
            using var inner = NewDisposeScope();
            total = logaddexp(total, Scores(q, k, from, n).logsumexp(-1, true)).MoveToOuterDisposeScope();
        }
        var blocks = new List<Tensor>();
        for (long from = 0; from < n; from += Block)
        {
            using var inner = NewDisposeScope();
            blocks.Add(weights.Wide().matmul((Scores(q, k, from, n) - total).exp()).MoveToOuterDisposeScope());
        }
        return cat(blocks, -1).MoveToOuterDisposeScope();
    }

    /// <summary>[H, m, at most 4,096] in float32.</summary>
    static Tensor Scores(Tensor q, Tensor k, long from, long n) => q.matmul(k.narrow(1, from, Math.Min(Block, n - from)).transpose(-1, -2)).Wide();
}
