using Mhim.Mil.Layers.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>
/// Mixed precision: weights stay in float32, and an operation is done in the precision of the instances that come in. What becomes of the instances in
/// sum (attention, embeddings, logits, losses) is float32 again. In one precision throughout these change nothing.
/// </summary>
internal static class Mixed
{
    /// <summary>x·Wᵀ + b in the precision of x.</summary>
    public static Tensor Through(this Tensor x, Linear layer) => Product.Linear(x, layer.weight!.Like(x), layer.bias?.Like(x));

    /// <summary>Layer norm of x, in its precision. On a GPU the kernel wants weights of the same type as x; on a CPU it takes 16 bits beside weights of 32.</summary>
    public static Tensor Through(this Tensor x, LayerNorm norm) => x.is_cuda ? norm.forward(x.Wide()).Like(x) : norm.forward(x);

    /// <summary>The tensor in the precision of another.</summary>
    public static Tensor Like(this Tensor t, Tensor other) => t.dtype == other.dtype ? t : t.to(other.dtype);

    /// <summary>A 16-bit tensor in float32, any other as it is.</summary>
    public static Tensor Wide(this Tensor t) => t.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? t.to(ScalarType.Float32) : t;
}
