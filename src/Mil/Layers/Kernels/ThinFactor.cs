using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// <see cref="InverseFactor"/> of single columns: the matrix is read three times from the cache by one worker, where three products of libtorch's would be shared out each.
/// </summary>
internal static unsafe class ThinFactor
{
    const int Lanes = Matrix.Lanes;

    /// <param name="x">[H, l, l]</param>
    /// <param name="r">[H, l, d]</param>
    public static bool Serves(Tensor x, Tensor r) => Vector512.IsHardwareAccelerated && x.dtype == ScalarType.Float32 && r.dtype == ScalarType.Float32 && x.device.type == DeviceType.CPU
        && r.device.type == DeviceType.CPU && r.shape[^1] == 1 && x.shape[^1] % Lanes == 0 && x.numel() > 0 && x.is_contiguous();

    /// <returns>7r − x·r, 15r − x·that, ¼·(13r − x·that): [H, l, 1] each.</returns>
    public static Tensor[] Compute(Tensor x, Tensor r)
    {
        using var column = r.contiguous();
        Tensor[] made = [empty_like(column), empty_like(column), empty_like(column)];
        var (matrices, from, first, second, third) = (Strided.All(x), Strided.All(column), Strided.All(made[0]), Strided.All(made[1]), Strided.All(made[2]));
        var length = x.shape[^1];
        Scratch.Share(matrices.Length, 1, (head, _) =>
        {
            float* m = matrices[head].Start, start = from[head].Start;
            Times(m, start, length, first[head].Start, start, 7, -1);
            Times(m, first[head].Start, length, second[head].Start, start, 15, -1);
            Times(m, second[head].Start, length, third[head].Start, start, 13 / 4f, -1 / 4f);
        });
        GC.KeepAlive((x, column, made));
        return made;
    }

    /// <param name="x">[H, l, l]</param>
    /// <param name="r">[H, l, 1]</param>
    /// <param name="first">What <see cref="Compute"/> made first.</param>
    /// <param name="second">And second.</param>
    /// <param name="gradient">[H, l, 1] of the third.</param>
    /// <returns>The gradients of x and of r.</returns>
    public static (Tensor OfX, Tensor OfR) Backward(Tensor x, Tensor r, Tensor first, Tensor second, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var (ofX, column, g) = (empty_like(x), r.contiguous(), gradient.contiguous());
        var ofR = empty_like(column);
        var (matrices, into, rs, firsts, seconds, gs, ofRs) = (Strided.All(x), Strided.All(ofX), Strided.All(column), Strided.All(first), Strided.All(second), Strided.All(g), Strided.All(ofR));
        var length = x.shape[^1];
        Scratch.Share(matrices.Length, 3 * length, (head, scratch) =>
        {
            float* m = matrices[head].Start, quarter = scratch.Floats, ofSecond = quarter + length, ofFirst = ofSecond + length, result = ofRs[head].Start;
            for (long at = 0; at < length; at += Lanes)
                (Vector512.Load(gs[head].Start + at) * 0.25f).StoreAligned(quarter + at);
            Times(m, quarter, length, ofSecond, quarter, 0, 1);                 // less its sign, as in the next
            Times(m, ofSecond, length, ofFirst, quarter, 0, 1);
            Times(m, ofFirst, length, result, ofFirst, 7, -1);
            for (long at = 0; at < length; at += Lanes)
                (Vector512.Load(result + at) + 13 * Vector512.LoadAligned(quarter + at) - 15 * Vector512.LoadAligned(ofSecond + at)).Store(result + at);
            Outer(into[head].Start, length, quarter, seconds[head].Start, ofSecond, firsts[head].Start, ofFirst, rs[head].Start);
        });
        GC.KeepAlive((x, column, first, second, g));
        return (ofX.MoveToOuterDisposeScope(), ofR.MoveToOuterDisposeScope());
    }

    /// <summary>into ← share·c + factor·x·r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Times(float* x, float* r, long length, float* into, float* c, float share, float factor)
    {
        for (long row = 0; row < length; row += 4, x += 4 * length)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (long at = 0; at < length; at += Lanes)
            {
                var numbers = Vector512.Load(r + at);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Load(x + at), numbers, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Load(x + length + at), numbers, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Load(x + 2 * length + at), numbers, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Load(x + 3 * length + at), numbers, s3);
            }
            into[row] = share * c[row] + factor * Vector512.Sum(s0);
            into[row + 1] = share * c[row + 1] + factor * Vector512.Sum(s1);
            into[row + 2] = share * c[row + 2] + factor * Vector512.Sum(s2);
            into[row + 3] = share * c[row + 3] + factor * Vector512.Sum(s3);
        }
    }

    /// <summary>into ← −a·bᵀ + c·dᵀ − e·fᵀ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Outer(float* into, long length, float* a, float* b, float* c, float* d, float* e, float* f)
    {
        for (long row = 0; row < length; row++, into += length)
        {
            var (of, plus, less) = (Vector512.Create(-a[row]), Vector512.Create(c[row]), Vector512.Create(-e[row]));
            for (long at = 0; at < length; at += Lanes)
                Vector512.FusedMultiplyAdd(of, Vector512.Load(b + at), Vector512.FusedMultiplyAdd(plus, Vector512.Load(d + at), less * Vector512.Load(f + at))).Store(into + at);
        }
    }
}
