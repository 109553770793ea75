using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mhim.Tiling.Slides.Fast;

/// <summary>
/// Makes pixels smaller by a power of two: each is the mean of the square that it covers, halves rounded up. In whole numbers, and to the bit what
/// <see cref="Viewer.AreaResampler"/> gives for such a factor, whose weights are then exact.
/// </summary>
internal static class BoxMean
{
    /// <summary>The largest factor: 16² · 255 and what rounds it just fit 16 bits.</summary>
    internal const int Largest = 16;

    const int Lanes = 16; // 16-bit numbers in a vector
    const int Part = 256; // output pixels at a time: bounds the stack

    /// <summary>Whether <see cref="Shrink"/> takes a factor.</summary>
    internal static bool Takes(double factor) => factor is 2 or 4 or 8 or Largest;

    /// <summary>Shrinks a rectangle.</summary>
    /// <param name="from">RGB, from the rectangle's first pixel on.</param>
    /// <param name="fromStride">Bytes from row to row.</param>
    /// <param name="factor">2, 4, 8 or 16.</param>
    /// <param name="width">Width of the result.</param>
    /// <param name="height">Height of the result.</param>
    /// <param name="to">RGB, from the result's first pixel on.</param>
    /// <param name="toStride">Bytes from row to row.</param>
    internal static void Shrink(ReadOnlySpan<byte> from, int fromStride, int factor, int width, int height, Span<byte> to, int toStride)
    {
        // Room behind the last pixel: every step loads whole vectors.
        Span<ushort> sums = stackalloc ushort[Math.Min(width, Part) * factor * 3 + Lanes];
        for (int y = 0; y < height; y++)
        {
            int x = 0;
            if (factor == 2)
                x = Halve(from.Slice(y * 2 * fromStride, width * 6), from.Slice((y * 2 + 1) * fromStride, width * 6), to.Slice(y * toStride, width * 3));
            for (; x < width; x += Part)
            {
                int pixels = Math.Min(Part, width - x);
                AddRows(from[(y * factor * fromStride + x * factor * 3)..], fromStride, factor, sums[..(pixels * factor * 3)]);
                AddColumns(sums, factor, to.Slice(y * toStride + x * 3, pixels * 3));
            }
        }
    }

    // The commonest factor, four pixels at a time: neighbours are put side by side and added as the halves of 16-bit numbers. Returns how many pixels it made.
    static int Halve(ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, Span<byte> to)
    {
        const int pixels = 4, group = 12; // bytes of four source pixels; a vector has room for two such groups, and four bytes each that nobody looks at
        ref byte above = ref MemoryMarshal.GetReference(upper), below = ref MemoryMarshal.GetReference(lower), target = ref MemoryMarshal.GetReference(to);
        var pairs = Vector256.Create((byte)0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, 12, 13, 14, 15, 16, 19, 17, 20, 18, 21, 22, 25, 23, 26, 24, 27, 28, 29, 30, 31);
        var together = Vector128.Create((byte)0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 6, 7, 14, 15);
        var (right, half) = (Vector256.Create((ushort)255), Vector256.Create((ushort)2));
        int x = 0;
        for (nuint i = 0, o = 0; i + group + 16 <= (nuint)upper.Length && o + 16 <= (nuint)to.Length; i += 2 * group, o += group, x += pixels)
        {
            var a = Vector256.Shuffle(Vector256.Create(Vector128.LoadUnsafe(ref above, i), Vector128.LoadUnsafe(ref above, i + group)), pairs).AsUInt16();
            var b = Vector256.Shuffle(Vector256.Create(Vector128.LoadUnsafe(ref below, i), Vector128.LoadUnsafe(ref below, i + group)), pairs).AsUInt16();
            var mean = ((a & right) + (a >>> 8) + (b & right) + (b >>> 8) + half) >>> 2;
            Vector128.Shuffle(Vector128.Narrow(mean.GetLower(), mean.GetUpper()), together).StoreUnsafe(ref target, o);
        }
        return x;
    }

    // Down: the sum of the rows, column by column.
    static void AddRows(ReadOnlySpan<byte> from, int stride, int rows, Span<ushort> sums)
    {
        ref byte first = ref MemoryMarshal.GetReference(from[..((rows - 1) * stride + sums.Length)]);
        ref ushort target = ref MemoryMarshal.GetReference(sums);
        int i = 0;
        for (; i <= sums.Length - Lanes; i += Lanes)
        {
            var sum = Vector256<ushort>.Zero;
            for (int row = 0, at = i; row < rows; row++, at += stride)
                sum += Vector256.WidenLower(Vector128.LoadUnsafe(ref first, (nuint)at).ToVector256Unsafe());
            sum.StoreUnsafe(ref target, (nuint)i);
        }
        for (; i < sums.Length; i++)
        {
            int sum = 0;
            for (int row = 0; row < rows; row++)
                sum += from[row * stride + i];
            sums[i] = (ushort)sum;
        }
    }

    // Across: a vector holds a pixel's three sums, and five numbers that nobody looks at.
    static void AddColumns(ReadOnlySpan<ushort> sums, int factor, Span<byte> to)
    {
        int shift = 2 * BitOperations.Log2((uint)factor), step = factor * 3;
        var half = Vector128.Create((ushort)(factor * factor / 2));
        ref ushort first = ref MemoryMarshal.GetReference(sums);
        for (int o = 0, i = 0; o < to.Length; o += 3, i += step)
        {
            var sum = half;
            for (int column = 0; column < step; column += 3)
                sum += Vector128.LoadUnsafe(ref first, (nuint)(i + column));
            uint rgb = Vector128.Narrow(sum >>> shift, default).AsUInt32().ToScalar();
            if (o + 4 <= to.Length)
                BinaryPrimitives.WriteUInt32LittleEndian(to[o..], rgb); // its fourth byte is the next pixel's, which comes at once
            else
                (to[o], to[o + 1], to[o + 2]) = ((byte)rgb, (byte)(rgb >> 8), (byte)(rgb >> 16));
        }
    }
}
