using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>½·(t + tᵀ): squares of 4 × 4 on both sides of the diagonal at once, where libtorch goes down whole columns.</summary>
internal static unsafe class Symmetric
{
    /// <param name="t">[H, l, l]</param>
    public static Tensor Half(Tensor t)
    {
        var length = t.shape[^1];
        if (t.dtype != ScalarType.Float32 || t.device.type != DeviceType.CPU || t.dim() != 3 || t.shape[1] != length || length % 4 != 0 || t.numel() == 0 || t.stride(-1) != 1)
            return t.Plus(t.transpose(-1, -2)).TimesInPlace(0.5);
        var result = empty(t.shape, t.dtype);
        var (from, to) = (Strided.All(t), Strided.All(result));
        Scratch.Share(from.Length, 1, (head, _) =>
        {
            for (long row = 0; row < length; row += 4)
                for (var column = row; column < length; column += 4)
                    Squares(from[head], to[head], row, column);
        });
        GC.KeepAlive(t);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Squares(Strided from, Strided to, long row, long column)
    {
        var half = Vector128.Create(0.5f);
        var (a0, a1, a2, a3) = Load(from, row, column);
        var (b0, b1, b2, b3) = Load(from, column, row);
        var (t0, t1, t2, t3) = Square.Transposed(b0, b1, b2, b3);
        var (s0, s1, s2, s3) = ((a0 + t0) * half, (a1 + t1) * half, (a2 + t2) * half, (a3 + t3) * half);
        Store(to, row, column, s0, s1, s2, s3);
        if (row == column)
            return;
        var (u0, u1, u2, u3) = Square.Transposed(s0, s1, s2, s3);
        Store(to, column, row, u0, u1, u2, u3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector128<float>, Vector128<float>, Vector128<float>, Vector128<float>) Load(Strided from, long row, long column) =>
        (Vector128.Load(from.At(row, column)), Vector128.Load(from.At(row + 1, column)), Vector128.Load(from.At(row + 2, column)), Vector128.Load(from.At(row + 3, column)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Strided to, long row, long column, Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        a.Store(to.At(row, column));
        b.Store(to.At(row + 1, column));
        c.Store(to.At(row + 2, column));
        d.Store(to.At(row + 3, column));
    }
}
