using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>The memory of a CPU matrix in float32 with any strides, transposed ones and parts of larger ones among them.</summary>
/// <param name="Address">Of the first number; libtorch's memory does not move, the caller keeps the tensor.</param>
/// <param name="Row">Numbers from a row to the next.</param>
/// <param name="Column">Numbers from a column to the next.</param>
internal readonly unsafe record struct Strided(nint Address, long Row, long Column)
{
    public float* Start => (float*)Address;

    public Strided T => new(Address, Column, Row);

    /// <summary>Its rows from there on.</summary>
    public Strided Below(long row) => new((nint)At(row, 0), Row, Column);

    public float* At(long row, long column) => Start + row * Row + column * Column;

    /// <param name="t">[rows, columns], at least one of each.</param>
    public static Strided Of(Tensor t)
    {
        if (t.dim() != 2 || t.numel() == 0 || t.dtype != ScalarType.Float32 || t.device.type != TorchSharp.DeviceType.CPU)
            throw new ArgumentException($"A CPU matrix in float32 is wanted, this is [{string.Join(", ", t.shape)}] of {t.dtype}.", nameof(t));
        using var row = t.narrow(0, 0, 1);
        using var first = row.narrow(1, 0, 1);      // of one number the bytes can be had whatever the strides are
        fixed (byte* start = &MemoryMarshal.GetReference(first.bytes))
            return new((nint)start, t.stride(0), t.stride(1));
    }

    /// <param name="t">[H, rows, columns]</param>
    /// <returns>One for each head.</returns>
    public static Strided[] All(Tensor t)
    {
        using var scope = NewDisposeScope();
        return [.. Enumerable.Range(0, (int)t.shape[0]).Select(head => Of(t[head]))];
    }
}
