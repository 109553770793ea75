using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>The memory of a contiguous CPU tensor [rows, columns] in float32 or bfloat16, read and written 16 columns at a time.</summary>
internal readonly unsafe struct Matrix
{
    /// <summary>Columns at a time.</summary>
    public const int Lanes = 16;

    readonly byte* _start;
    readonly bool _half;
    readonly long _rows, _columns;

    public Matrix(Tensor t)
    {
        if (!Serves(t) || t.dim() != 2 || !t.is_contiguous() || t.numel() == 0)
            throw new ArgumentException($"A contiguous CPU matrix in float32 or bfloat16 is wanted, this is [{string.Join(", ", t.shape)}] of {t.dtype}.", nameof(t));
        (_half, _rows, _columns) = (t.dtype == ScalarType.BFloat16, t.shape[0], t.shape[1]);
        using var row = t.narrow(0, 0, 1);      // the bytes of all rows may be more than a span can hold
        fixed (byte* start = &MemoryMarshal.GetReference(row.bytes))
            _start = start;                     // libtorch's memory does not move; the caller keeps the tensor
    }

    /// <summary>Whether there is a kernel for such a tensor.</summary>
    public static bool Serves(Tensor t) => t.dtype is (ScalarType.Float32 or ScalarType.BFloat16) && t.device.type == DeviceType.CPU;

    /// <summary>Columns from there on, at most 16.</summary>
    public int Width(long column) => (int)Math.Min(Lanes, _columns - column);

    /// <summary>A row of bfloat16.</summary>
    public ushort* Halves(long row)
    {
        if ((ulong)row >= (ulong)_rows || !_half)
            Outside();
        return (ushort*)_start + row * _columns;
    }

    /// <summary>A row of float32.</summary>
    public float* Floats(long row)
    {
        if ((ulong)row >= (ulong)_rows || _half)
            Outside();
        return (float*)_start + row * _columns;
    }

    /// <summary>Up to 16 columns of a row as float32, zeros after the last column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Load(long row, long column)
    {
        if ((ulong)row >= (ulong)_rows || (ulong)column >= (ulong)_columns)
            Outside();
        var (at, width) = (row * _columns + column, Width(column));
        if (_half)
        {
            var from = (ushort*)_start + at;
            return Widen(width == Lanes ? Vector256.Load(from) : Partly(from, width));
        }
        var floats = (float*)_start + at;
        return width == Lanes ? Vector512.Load(floats) : Partly(floats, width);
    }

    /// <summary>Writes up to 16 columns of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Vector512<float> numbers, long row, long column)
    {
        if ((ulong)row >= (ulong)_rows || (ulong)column >= (ulong)_columns)
            Outside();
        var (at, width) = (row * _columns + column, Width(column));
        if (_half)
        {
            var to = (ushort*)_start + at;
            var halves = Narrow(numbers);
            if (width == Lanes)
                halves.Store(to);
            else
                Partly(halves, to, width);
            return;
        }
        var floats = (float*)_start + at;
        if (width == Lanes)
            numbers.Store(floats);
        else
            Partly(numbers, floats, width);
    }

    /// <summary>bfloat16 is the upper half of float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> halves)
    {
        if (Avx512F.IsSupported)
            return (Avx512F.ConvertToVector512UInt32(halves) << 16).AsSingle();
        var (lower, upper) = Vector256.Widen(halves);
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    /// <summary>To the nearest bfloat16, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Narrow(Vector512<float> numbers)
    {
        var bits = numbers.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        return Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(rounded) : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    static void Outside() => throw new InvalidOperationException("No such row or column.");

    static void Partly(Vector512<float> from, float* to, int width)
    {
        for (var i = 0; i < width; i++)
            to[i] = from[i];
    }

    static void Partly(Vector256<ushort> from, ushort* to, int width)
    {
        for (var i = 0; i < width; i++)
            to[i] = from[i];
    }

    static Vector512<float> Partly(float* from, int width)
    {
        var floats = Vector512<float>.Zero;
        for (var i = 0; i < width; i++)
            floats = floats.WithElement(i, from[i]);
        return floats;
    }

    static Vector256<ushort> Partly(ushort* from, int width)
    {
        var halves = Vector256<ushort>.Zero;
        for (var i = 0; i < width; i++)
            halves = halves.WithElement(i, from[i]);
        return halves;
    }
}
