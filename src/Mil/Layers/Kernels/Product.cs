using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// Matrix products in float32. libtorch's own (MKL) leave the wider half of an AMD processor's vectors unused: 45 to 90 GFLOP/s a core where this kernel has 190. Elsewhere, in
/// other precisions and for small or thin matrices libtorch's are taken.
/// </summary>
internal sealed class Product : autograd.SingleTensorFunction<Product>
{
    const long LeastWork = 1 << 21;
    const string Wanted = "wanted";
    const int LeastRows = 12, LeastColumns = 32, LeastDepth = 16;

    public override string Name => nameof(Product);

    /// <summary>Whether this processor is one on which the kernel is faster than libtorch's.</summary>
    public static bool IsFaster { get; } = Vector512.IsHardwareAccelerated && X86Base.IsSupported && X86Base.CpuId(0, 0) is { Ebx: 0x68747541, Edx: 0x69746E65, Ecx: 0x444D4163 }; // AuthenticAMD

    /// <summary>a·b.</summary>
    /// <param name="a">[m, k] or [H, m, k], strides as they come.</param>
    /// <param name="b">[k, n] or [H, k, n], likewise.</param>
    /// <returns>[m, n] or [H, m, n]</returns>
    public static Tensor Of(Tensor a, Tensor b) => !Serves(a, b) ? a.matmul(b) : is_grad_enabled() && (a.requires_grad || b.requires_grad) ? apply(a, b) : Compute(a, b, null);

    /// <summary>x·Wᵀ + bias.</summary>
    /// <param name="x">[n, D]</param>
    /// <param name="weight">[M, D] in the same precision.</param>
    /// <param name="bias">[M]; null: none.</param>
    /// <returns>[n, M]</returns>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (x.dim() != 2 || !Serves(x, weight.T) || (bias is not null && !bias.is_contiguous()))
            return nn.functional.linear(x, weight, bias);
        if (!is_grad_enabled() || !(x.requires_grad || weight.requires_grad || bias is { requires_grad: true }))
            return Compute(x, weight.T, bias);
        return bias is null ? apply(x, weight.T) : apply(x, weight.T, bias);
    }

    /// <summary>result ← factor·a·b, or result + factor·a·b. No gradient.</summary>
    /// <param name="result">[m, n] or [H, m, n], columns beside one another.</param>
    /// <param name="a">[m, k] or [H, m, k]</param>
    /// <param name="b">[k, n] or [H, k, n]</param>
    /// <param name="add">Whether to what is there.</param>
    /// <param name="factor">Of the product.</param>
    /// <param name="symmetric">Whether result and product are known to be, which spares almost half of the work.</param>
    public static void Into(Tensor result, Tensor a, Tensor b, bool add, float factor = 1, bool symmetric = false)
    {
        if (Serves(a, b) && result.dtype == a.dtype && result.stride(-1) == 1)
        {
            Run(result, a, b, null, add, factor, symmetric);
            return;
        }
        using var scope = NewDisposeScope();
        var product = a.matmul(b);
        if (add)
            result.PlusInPlace(product, factor);
        else
            result.copy_(factor == 1 ? product : product.Times(factor));
    }

    static bool Serves(Tensor a, Tensor b) => IsFaster && a.dtype == ScalarType.Float32 && b.dtype == ScalarType.Float32 && a.device.type == DeviceType.CPU && b.device.type == DeviceType.CPU
        && a.dim() == b.dim() && a.dim() is 2 or 3 && a.shape[^1] == b.shape[^2] && (a.dim() == 2 || a.shape[0] == b.shape[0])
        && a.shape[^2] >= LeastRows && b.shape[^1] >= LeastColumns && a.shape[^1] >= LeastDepth && a.numel() * b.shape[^1] >= LeastWork;

    static Tensor Compute(Tensor a, Tensor b, Tensor? bias)
    {
        var result = empty([.. a.shape[..^1], b.shape[^1]], dtype: ScalarType.Float32);
        Run(result, a, b, bias, add: false, 1);
        return result;
    }

    /// <summary>The kernel itself, for matrices of any size and on any processor.</summary>
    internal static unsafe void Run(Tensor result, Tensor a, Tensor b, Tensor? bias, bool add, float factor, bool symmetric = false)
    {
        var (m, k, n) = (a.shape[^2], a.shape[^1], b.shape[^1]);
        if (a.dim() != b.dim() || a.dim() != result.dim() || (a.dim() == 3 && (a.shape[0] != b.shape[0] || a.shape[0] != result.shape[0])) || m == 0 || n == 0 || k == 0 || b.shape[^2] != k || result.shape[^2] != m || result.shape[^1] != n
            || (result.stride(-1) != 1 && n > 1) || (bias is not null && bias.numel() != n) || (symmetric && (m != n || bias is not null)))
            throw new ArgumentException($"[{string.Join(", ", a.shape)}]·[{string.Join(", ", b.shape)}] does not go into [{string.Join(", ", result.shape)}].", nameof(result));
        float* start = bias is null ? null : Strided.Of(bias.unsqueeze(0)).Start;
        if (a.dim() == 2)
            ProductWork.Run(Strided.Of(a), Strided.Of(b), Strided.Of(result), start, (m, k, n), factor, add, Scratch.Share, symmetric);
        else
        {
            var (left, right, into) = (Strided.All(a), Strided.All(b), Strided.All(result));
            Scratch.EachHead(left.Length, 1, (head, _, share) => ProductWork.Run(left[head], right[head], into[head], start, (m, k, n), factor, add, share, symmetric));
        }
        GC.KeepAlive((a, b, bias, result));     // the kernel has nothing but their addresses
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (a, b, bias) = ((Tensor)vars[0], (Tensor)vars[1], vars.Length > 2 ? (Tensor)vars[2] : null);
        new Kept(a, b).In(ctx);
        ctx.save_data(Wanted, (A: a.requires_grad, B: b.requires_grad, Bias: bias is not null));
        return Compute(a, b, bias);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var wanted = ((bool A, bool B, bool Bias))ctx.get_data(Wanted);
        var ofA = wanted.A ? Of(grad_output, kept[1].transpose(-1, -2)).MoveToOuterDisposeScope() : null;
        // As the weight lies, not as its transpose does.
        var ofB = wanted.B ? (kept[1].stride(-1) == 1 ? Of(kept[0].transpose(-1, -2), grad_output) : Of(grad_output.transpose(-1, -2), kept[0]).transpose(-1, -2)).MoveToOuterDisposeScope() : null;
        var ofBias = wanted.Bias ? grad_output.sum(dim: 0).MoveToOuterDisposeScope() : null;
        grad_output.Dispose();
        return (wanted.Bias ? Kept.HandOver(ofA, ofB, ofBias) : Kept.HandOver(ofA, ofB))!;
    }
}
