using Mhim.Mil.Layers.Kernels;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>
/// softmax(q·kᵀ)·v where the matrix in between is too large to keep: at 50,000 instances, 256 landmarks and 8 heads it has 410 MB, and a training step keeps
/// several. It is gone through block by block, and again on the way back: by products of our own where they are faster, else by libtorch's fused kernel.
/// </summary>
internal static class LongAttention
{
    /// <param name="q">[H, m, d]</param>
    /// <param name="k">[H, n, d]</param>
    /// <param name="v">[H, n, d]</param>
    /// <returns>[H, m, d]; nothing is divided by √d.</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v)
    {
        if (Product.IsFaster && q.dtype == ScalarType.Float32 && q.device.type == TorchSharp.DeviceType.CPU)
            return RowBlockAttention.Apply(q, k, v);
        // The kernel divides by √d; the shorter side takes it back.
        var scale = Math.Sqrt(q.shape[^1]);
        (q, k) = q.shape[1] <= k.shape[1] ? (q.Times(scale), k) : (q, k.Times(scale));
        return nn.functional.scaled_dot_product_attention(q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0))[0];
    }
}
