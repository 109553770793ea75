using System.Numerics.Tensors;

namespace Mhim.Tiling.Encoders;

/// <summary>Offsets 196..211: peaks of the difference of Gaussians on H, four sizes.</summary>
internal static class StainTextureBlobs
{
    private const int Sizes = 4;
    private const double FirstSigmaMicrons = 1.5, Ratio = 1.6;

    // Below this a Gaussian is no longer sampled; it takes over where pixels are coarse.
    private const double SmallestSigmaPixels = 0.6;

    private const float WeakestPeak = 0.02f;

    public static void Write(StainTextureTile tile, ref StainTextureVector vector)
    {
        var plane = tile.H[tile.WorkScale];
        var side = plane.Side;
        float[] narrow = tile.Scratch[0], wide = tile.Scratch[1], scratch = tile.Scratch[2], difference = tile.Scratch[3];
        var strengths = tile.Stack.AsSpan();
        var thousandSquareMicrons = side * tile.WorkMpp * (side * tile.WorkMpp) / 1000;
        var sigma = Math.Max(FirstSigmaMicrons / tile.WorkMpp, SmallestSigmaPixels);
        StainTexturePlane.Blur(plane.Values, narrow, scratch, side, sigma);
        for (var size = 0; size < Sizes; size++, sigma *= Ratio)
        {
            // Blurring what is blurred already: the squares of the sigmas add up.
            StainTexturePlane.Blur(narrow, wide, scratch, side, sigma * Math.Sqrt(Ratio * Ratio - 1));
            TensorPrimitives.Subtract<float>(narrow, wide, difference);
            (narrow, wide) = (wide, narrow);
            var peaks = Peaks(difference, side, strengths);
            double sum = 0, squares = 0;
            foreach (var strength in strengths[..peaks])
            {
                var value = strength * 1e-6;
                sum += value;
                squares += value * value;
            }
            strengths[..peaks].Sort();
            var mean = sum / Math.Max(peaks, 1);
            vector.Add(Math.Log(1 + peaks / thousandSquareMicrons));
            vector.Add(10 * mean);
            vector.Add(10 * Math.Sqrt(Math.Max(squares / Math.Max(peaks, 1) - mean * mean, 0)));
            vector.Add(peaks == 0 ? 0 : 10e-6 * strengths[(int)(0.9 * (peaks - 1))]);
        }
    }

    /// <summary>Strict maxima of 3×3 above the weakest peak, in millionths.</summary>
    private static int Peaks(ReadOnlySpan<float> plane, int side, Span<int> strengths)
    {
        var found = 0;
        for (var y = 1; y < side - 1; y++)
        {
            for (var x = 1; x < side - 1; x++)
            {
                var at = y * side + x;
                var value = plane[at];
                if (value > WeakestPeak && value > plane[at - 1] && value > plane[at + 1]
                    && value > plane[at - side] && value > plane[at + side]
                    && value > plane[at - side - 1] && value > plane[at - side + 1]
                    && value > plane[at + side - 1] && value > plane[at + side + 1])
                    strengths[found++] = (int)(value * 1e6f);
            }
        }
        return found;
    }
}
