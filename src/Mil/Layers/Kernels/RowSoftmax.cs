using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>Softmax of rows in place, and its gradient, in float32 or bfloat16: a quarter of libtorch's time, and no second matrix.</summary>
internal static unsafe class RowSoftmax
{
    const long Piece = 1 << 15;

    /// <summary>Whether there is a kernel for such rows, and this processor is fast at it.</summary>
    public static bool Serves(Tensor t) => Vector512.IsHardwareAccelerated && Fits(t);

    static bool Fits(Tensor t) => Matrix.Serves(t) && t.dim() >= 2 && t.numel() > 0 && t.is_contiguous() && (t.dtype == ScalarType.Float32 || t.shape[^1] % Matrix.Lanes == 0);

    /// <summary>Rows become their softmax.</summary>
    /// <param name="rows">[…, n]</param>
    public static void InPlace(Tensor rows)
    {
        var (matrix, count, columns) = Of(rows);
        var half = rows.dtype == ScalarType.BFloat16;
        Share(count, columns, half ? columns : 1, (row, scratch) =>
        {
            if (half)
                SoftmaxRow.InPlace(matrix.Halves(row), columns, scratch.Floats);
            else
                SoftmaxRow.InPlace(matrix.Floats(row), columns);
        });
        GC.KeepAlive(rows);
    }

    /// <summary>Gradients of a softmax in bfloat16 become those of what went into it: g ← y ⊙ (g − y·g).</summary>
    /// <param name="gradient">[…, n]</param>
    /// <param name="result">[…, n] what the softmax was.</param>
    public static void SlopesInPlace(Tensor gradient, Tensor result)
    {
        if (!gradient.shape.SequenceEqual(result.shape) || gradient.dtype != ScalarType.BFloat16 || result.dtype != ScalarType.BFloat16)
            throw new ArgumentException($"[{string.Join(", ", gradient.shape)}] of {gradient.dtype} is no gradient of [{string.Join(", ", result.shape)}] of {result.dtype}.", nameof(gradient));
        var (g, count, columns) = Of(gradient);
        var (y, _, _) = Of(result);
        Share(count, columns, 1, (row, _) => SoftmaxRow.SlopesInPlace(g.Halves(row), y.Halves(row), columns));
        GC.KeepAlive((gradient, result));
    }

    static (Matrix Matrix, long Rows, long Columns) Of(Tensor t)
    {
        if (!Fits(t))
            throw new ArgumentException($"Contiguous rows of float32, or of bfloat16 in a multiple of {Matrix.Lanes}, are wanted; this is [{string.Join(", ", t.shape)}] of {t.dtype}.", nameof(t));
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
}
