using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Mhim.Tiling.Viewer;

/// <summary>
/// Shrinks pixels by any factor of 1 or more, whole or not: every output pixel is the mean over the exact area that it covers. Magnifies (factor below 1)
/// by the same rule, so that an output pixel inside one source pixel is that pixel. Of an output pixel that reaches beyond the source, only what lies inside
/// counts; one that lies wholly outside is white.
/// </summary>
internal static class AreaResampler
{
    /// <summary>Gives one row of the source, [sourceWidth, 3]; asked for in rising order, the last one perhaps again.</summary>
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
        var columns = Cover(across, width);
        var rows = Cover(down, height);
        // Rows first: whole rows are added at vector speed, and only one sum of them has to be taken apart into columns.
        var sums = new float[checked(across.Limit * 3)];
        for (int y = 0; y < height; y++)
        {
            var target = output.Slice(checked(y * width * 3), width * 3);
            if (rows[y].IsOutside)
            {
                target.Fill(255);
                continue;
            }
            Array.Clear(sums);
            for (int row = rows[y].First; row <= rows[y].Last; row++)
                Add(source(row)[..sums.Length], rows[y].WeightOf(row), sums);
            Columns(sums, columns, target);
        }
    }

    static void Add(ReadOnlySpan<byte> row, float weight, Span<float> sums)
    {
        int i = 0;
        var weights = Vector256.Create(weight);
        for (; i <= row.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var eight = Vector128.CreateScalarUnsafe(BinaryPrimitives.ReadUInt64LittleEndian(row[i..])).AsByte();
            var pixels = Vector256.ConvertToSingle(Vector256.WidenLower(Vector128.WidenLower(eight).ToVector256()).AsInt32());
            (Vector256.Create<float>(sums[i..]) + pixels * weights).CopyTo(sums[i..]);
        }
        for (; i < row.Length; i++)
            sums[i] += weight * row[i];
    }

    static void Columns(ReadOnlySpan<float> sums, Covered[] columns, Span<byte> target)
    {
        for (int x = 0, o = 0; x < columns.Length; x++, o += 3)
        {
            ref readonly var covered = ref columns[x];
            if (covered.IsOutside)
            {
                target.Slice(o, 3).Fill(255);
                continue;
            }
            float r = 0.5f, g = 0.5f, b = 0.5f;
            for (int column = covered.First, i = column * 3; column <= covered.Last; column++, i += 3)
            {
                float weight = covered.WeightOf(column);
                r += weight * sums[i];
                g += weight * sums[i + 1];
                b += weight * sums[i + 2];
            }
            (target[o], target[o + 1], target[o + 2]) = ((byte)Math.Min(255, r), (byte)Math.Min(255, g), (byte)Math.Min(255, b));
        }
    }

    // The source pixels First..Last under one output pixel; all weigh Middle but the two at the ends.
    readonly record struct Covered(int First, int Last, float FirstWeight, float LastWeight, float Middle)
    {
        public static readonly Covered Nothing = new(0, -1, 0, 0, 0);

        public bool IsOutside => Last < First;

        public float WeightOf(int index) => index == First ? FirstWeight : index == Last ? LastWeight : Middle;
    }

    static Covered[] Cover(Axis axis, int count)
    {
        var (start, scale, limit, end) = axis;
        var all = new Covered[count];
        for (int i = 0; i < count; i++)
        {
            double from = Math.Clamp(start + i * scale, 0, limit), to = Math.Clamp(start + (i + 1) * scale, 0, limit), total = to - from;
            if (total <= 1e-6 * Math.Min(1, scale)) // a sliver left by rounding is not inside
            {
                all[i] = start + i * scale >= limit - 1e-6 && start + i * scale < end - 1e-6 ? new Covered(limit - 1, limit - 1, 1, 1, 1) : Covered.Nothing;
                continue;
            }
            int first = Math.Min((int)from, limit - 1), last = Math.Clamp((int)Math.Ceiling(to - 1e-9) - 1, first, limit - 1);
            all[i] = first == last
                ? new Covered(first, first, 1, 1, 1)
                : new Covered(first, last, (float)((first + 1 - from) / total), (float)((to - last) / total), (float)(1 / total));
        }
        return all;
    }
}
