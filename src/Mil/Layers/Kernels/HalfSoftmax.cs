using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// Softmax of bfloat16 rows in place, and its gradient: a quarter of libtorch's time, and no second matrix. Sums and exponentials are float32.
/// </summary>
internal static unsafe class HalfSoftmax
{
    const int Lanes = Matrix.Lanes;
    const long Piece = 1 << 15;

    /// <summary>Whether this processor has the kernel, and the rows are whole vectors.</summary>
    public static bool Serves(Tensor t) => Avx512F.IsSupported && t.dtype == ScalarType.BFloat16 && t.device.type == DeviceType.CPU && t.dim() >= 2 && t.numel() > 0
        && t.is_contiguous() && t.shape[^1] % Lanes == 0;

    /// <summary>Rows become their softmax.</summary>
    /// <param name="rows">[…, n]</param>
    public static void InPlace(Tensor rows)
    {
        var (matrix, count, columns) = Of(rows);
        Share(count, columns, columns, (row, scratch) => Softmax(matrix.Halves(row), columns, scratch.Floats));
        GC.KeepAlive(rows);
    }

    /// <summary>Gradients of a softmax become those of what went into it: g ← y ⊙ (g − y·g).</summary>
    /// <param name="gradient">[…, n]</param>
    /// <param name="result">[…, n] what the softmax was.</param>
    public static void SlopesInPlace(Tensor gradient, Tensor result)
    {
        if (!gradient.shape.SequenceEqual(result.shape))
            throw new ArgumentException($"A gradient [{string.Join(", ", gradient.shape)}] is none of [{string.Join(", ", result.shape)}].", nameof(gradient));
        var (g, count, columns) = Of(gradient);
        var (y, _, _) = Of(result);
        Share(count, columns, 1, (row, _) => Slopes(g.Halves(row), y.Halves(row), columns));
        GC.KeepAlive((gradient, result));
    }

    static (Matrix Matrix, long Rows, long Columns) Of(Tensor t)
    {
        if (!Serves(t))
            throw new ArgumentException($"Contiguous rows of bfloat16, a multiple of {Lanes} long, are wanted; this is [{string.Join(", ", t.shape)}] of {t.dtype}.", nameof(t));
        using var flat = t.view(-1, t.shape[^1]);
        return (new Matrix(flat), flat.shape[0], flat.shape[1]);
    }

    static void Share(long rows, long columns, long floats, Action<long, Scratch> work)
    {
        var together = Math.Max(1, Piece / columns);
        Scratch.Share(checked((int)((rows + together - 1) / together)), floats, (piece, scratch) =>
        {
            for (var row = piece * together; row < Math.Min(rows, (piece + 1) * together); row++)
                work(row, scratch);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Softmax(ushort* row, long columns, float* floats)
    {
        var most = Vector512.Create(float.NegativeInfinity);
        for (long at = 0; at < columns; at += Lanes)
            most = Vector512.MaxNative(most, Matrix.Widen(Vector256.Load(row + at)));
        var peak = Peak(most);
        var sum = Vector512<float>.Zero;
        for (long at = 0; at < columns; at += Lanes)
        {
            var numbers = Exp(Matrix.Widen(Vector256.Load(row + at)) - peak);
            numbers.StoreAligned(floats + at);
            sum += numbers;
        }
        var share = Vector512.Create(1 / Vector512.Sum(sum));
        for (long at = 0; at < columns; at += Lanes)
            Matrix.Narrow(Vector512.LoadAligned(floats + at) * share).Store(row + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Slopes(ushort* g, ushort* y, long columns)
    {
        var sum = Vector512<float>.Zero;
        for (long at = 0; at < columns; at += Lanes)
            sum = Vector512.FusedMultiplyAdd(Matrix.Widen(Vector256.Load(y + at)), Matrix.Widen(Vector256.Load(g + at)), sum);
        var total = Vector512.Create(Vector512.Sum(sum));
        for (long at = 0; at < columns; at += Lanes)
            Matrix.Narrow(Matrix.Widen(Vector256.Load(y + at)) * (Matrix.Widen(Vector256.Load(g + at)) - total)).Store(g + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Peak(Vector512<float> numbers)
    {
        var half = Vector256.MaxNative(numbers.GetLower(), numbers.GetUpper());
        var quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        return Vector512.Create(Math.Max(Math.Max(quarter[0], quarter[1]), Math.Max(quarter[2], quarter[3])));
    }

    /// <summary>eˣ for x ≤ 0: 2ⁿ times the series of a remainder of at most ½·ln 2, whose error is 2e-6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Exp(Vector512<float> x)
    {
        var n = Avx512F.RoundScale(x * Vector512.Create(1.44269504f), 0);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693147181f), x);
        var series = Vector512.Create(1 / 120f);
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 24f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 6f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(0.5f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One);
        return Avx512F.Scale(Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One), n);
    }
}
