namespace Mhim.Tiling.Viewer;

/// <summary>
/// Which source pixels lie under each output pixel along one axis, and how much each of them counts: the share of the output pixel that it covers. As many weights
/// for every pixel, those behind the last source pixel 0.
/// </summary>
internal sealed class AxisCover
{
    readonly float[] weights;

    /// <param name="axis">What is wanted of the source.</param>
    /// <param name="count">Output pixels.</param>
    internal AxisCover(AreaResampler.Axis axis, int count)
    {
        var (start, scale, limit, end) = axis;
        Taps = (int)Math.Ceiling(scale) + 1;
        (First, weights) = (new int[count], new float[checked(count * Taps)]);
        for (int i = 0; i < count; i++)
        {
            double from = Math.Clamp(start + i * scale, 0, limit), to = Math.Clamp(start + (i + 1) * scale, 0, limit), total = to - from;
            var under = weights.AsSpan(i * Taps, Taps);
            if (total <= 1e-6 * Math.Min(1, scale)) // a sliver left by rounding is not inside
            {
                if (start + i * scale >= limit - 1e-6 && start + i * scale < end - 1e-6)
                    (First[i], under[0]) = (limit - 1, 1);
                continue;
            }
            int first = Math.Min((int)from, limit - 1), last = Math.Clamp((int)Math.Ceiling(to - 1e-9) - 1, first, limit - 1);
            First[i] = first;
            under[..(last - first + 1)].Fill((float)(1 / total));
            if (first == last)
                under[0] = 1;
            else
                (under[0], under[last - first]) = ((float)((first + 1 - from) / total), (float)((to - last) / total));
        }
    }

    /// <summary>Weights of an output pixel, at least 2.</summary>
    internal int Taps { get; }

    /// <summary>The first source pixel under each output pixel.</summary>
    internal int[] First { get; }

    /// <summary>The weights of the source pixels from <see cref="First"/> on; after the last one 0.</summary>
    internal ReadOnlySpan<float> WeightsOf(int index) => weights.AsSpan(index * Taps, Taps);

    /// <summary>There is no source pixel under an output pixel.</summary>
    internal bool IsOutside(int index) => weights[index * Taps] == 0;
}
