using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mhim.Tiling.Viewer;

/// <summary>
/// Shrinks pixels by any factor of 1 or more, whole or not: every output pixel is the mean over the exact area that it covers. Magnifies (factor below 1)
/// by the same rule, so that an output pixel inside one source pixel is that pixel. Of an output pixel that reaches beyond the source, only what lies inside
/// counts; one that lies wholly outside is white.
/// </summary>
internal static class AreaResampler
{
    const int Eight = 8; // numbers in a vector

    /// <summary>Gives one row of the source, [sourceWidth, 3], and as many after it as are at hand; asked for in rising order, the last one perhaps again.</summary>
    public delegate ReadOnlySpan<byte> SourceRow(int row);

    /// <summary>What is wanted of the source along one axis, in source pixels.</summary>
    /// <param name="Start">First edge of the picture; may be negative.</param>
    /// <param name="Scale">Source pixels per output pixel, above 0.</param>
    /// <param name="Limit">How many source pixels there are, at least 1.</param>
    /// <param name="End">Where the slide ends, up to a pixel behind <paramref name="Limit"/>: the last source pixel stands for what is between.</param>
    internal readonly record struct Axis(double Start, double Scale, int Limit, double End);

    /// <summary>Resamples a rectangle of the source, which needs not be in memory as a whole.</summary>
    /// <param name="source">Its rows.</param>
    /// <param name="across">The source's columns.</param>
    /// <param name="down">The source's rows.</param>
    /// <param name="width">Output width.</param>
    /// <param name="height">Output height.</param>
    /// <param name="output">[height, width, 3], filled.</param>
    public static void Resample(SourceRow source, Axis across, Axis down, int width, int height, Span<byte> output)
    {
        AxisCover columns = new(across, width), rows = new(down, height);
        // Rows first: whole rows are added at vector speed, and only one sum of them has to be taken apart into columns.
        int numbers = checked(across.Limit * 3), taps = columns.Taps;
        var sums = ArrayPool<float>.Shared.Rent(numbers + taps * 3 + Vector128<float>.Count);
        sums.AsSpan(numbers, taps * 3 + Vector128<float>.Count).Clear(); // weighed with 0
        try
        {
            for (int y = 0; y < height; y++)
            {
                var target = output.Slice(checked(y * width * 3), width * 3);
                if (rows.IsOutside(y))
                {
                    target.Fill(255);
                    continue;
                }
                Rows(source, rows.First[y], rows.WeightsOf(y).TrimEnd(0f), sums.AsSpan(0, numbers));
                Columns(sums, columns, target);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(sums);
        }
    }

    static void Rows(SourceRow source, int first, ReadOnlySpan<float> weights, Span<float> sums)
    {
        for (int done = 0; done < weights.Length;)
        {
            var rows = source(first + done);
            int count = Math.Min(weights.Length - done, rows.Length / sums.Length);
            Add(rows[..(count * sums.Length)], weights.Slice(done, count), sums, isFirst: done == 0);
            done += count;
        }
    }

    static void Add(ReadOnlySpan<byte> rows, ReadOnlySpan<float> weights, Span<float> sums, bool isFirst)
    {
        ref byte source = ref MemoryMarshal.GetReference(rows);
        ref float target = ref MemoryMarshal.GetReference(sums);
        int i = 0;
        for (; i <= sums.Length - Eight; i += Eight)
        {
            var sum = isFirst ? Vector256<float>.Zero : Vector256.LoadUnsafe(ref target, (nuint)i);
            int at = i;
            foreach (float weight in weights)
            {
                var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, at))).AsByte();
                sum += Vector256.ConvertToSingle(Vector256.WidenLower(Vector128.WidenLower(bytes).ToVector256Unsafe()).AsInt32()) * weight;
                at += sums.Length;
            }
            sum.StoreUnsafe(ref target, (nuint)i);
        }
        for (; i < sums.Length; i++)
        {
            float sum = isFirst ? 0 : sums[i];
            for (int row = 0; row < weights.Length; row++)
                sum += weights[row] * rows[row * sums.Length + i];
            sums[i] = sum;
        }
    }

    // A vector holds a pixel's three sums and the next one's first, which nobody looks at.
    static void Columns(ReadOnlySpan<float> sums, AxisCover columns, Span<byte> target)
    {
        ref float first = ref MemoryMarshal.GetReference(sums);
        var order = Vector128.Create((byte)0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        int taps = columns.Taps;
        for (int x = 0, o = 0; o < target.Length; x++, o += 3)
        {
            var weights = columns.WeightsOf(x);
            ref float weight = ref MemoryMarshal.GetReference(weights);
            nuint at = (nuint)columns.First[x] * 3;
            var rgb = Vector128.Create(0.5f) + Vector128.LoadUnsafe(ref first, at) * weight + Vector128.LoadUnsafe(ref first, at + 3) * Unsafe.Add(ref weight, 1);
            for (int tap = 2; tap < taps; tap++)
                rgb += Vector128.LoadUnsafe(ref first, at + (nuint)tap * 3) * Unsafe.Add(ref weight, tap);
            var numbers = Vector128.ConvertToInt32Native(Vector128.Min(Vector128.Create(255f), rgb)).AsByte();
            uint bytes = weight == 0 ? uint.MaxValue : Vector128.Shuffle(numbers, order).AsUInt32().ToScalar();
            if (o + 4 <= target.Length)
                BinaryPrimitives.WriteUInt32LittleEndian(target[o..], bytes); // its fourth byte is the next pixel's, which comes at once
            else
                (target[o], target[o + 1], target[o + 2]) = ((byte)bytes, (byte)(bytes >> 8), (byte)(bytes >> 16));
        }
    }
}
