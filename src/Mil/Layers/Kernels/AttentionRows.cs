using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>softmax(q·kᵀ), rows of attention of one head or of all, where nothing goes back through them by itself.</summary>
internal static class AttentionRows
{
    /// <param name="q">[r, d] or [H, r, d]</param>
    /// <param name="k">[n, d] or [H, n, d], likewise in precision.</param>
    /// <returns>[r, n] or [H, r, n]</returns>
    public static Tensor Of(Tensor q, Tensor k)
    {
        var rows = Product.Of(q, k.transpose(-1, -2));
        if (RowSoftmax.Serves(rows))
        {
            RowSoftmax.InPlace(rows);
            return rows;
        }
        if (rows.dtype is ScalarType.BFloat16 or ScalarType.Float16)
        {
            using var _ = rows;
            return rows.softmax(-1);    // its sums are in float32, where those of one after the other would be in 16 bits
        }
        // libtorch's softmax adds up a long row number by number, its sum in pairs: ten times as exact at 50,000 in float32.
        rows.sub_(rows.amax([-1], keepdim: true)).exp_();
        return rows.div_(rows.sum(dim: -1, keepdim: true));
    }
}
