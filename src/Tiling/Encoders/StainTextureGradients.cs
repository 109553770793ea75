using System.Numerics.Tensors;

namespace Mhim.Tiling.Encoders;

/// <summary>Offsets 156..195: gradients, structure tensor and octave bands of H and E.</summary>
internal static class StainTextureGradients
{
    private const int Window = 8;
    private const int Bands = 4;

    public static void Write(StainTextureTile tile, ref StainTextureVector vector)
    {
        foreach (var plane in tile.H)
            Gradients(plane, ref vector);
        foreach (var plane in tile.E)
            Gradients(plane, ref vector);
        Octaves(tile.H, ref vector);
        Octaves(tile.E, ref vector);
    }

    private static void Gradients(StainTexturePlane plane, ref StainTextureVector vector)
    {
        var side = plane.Side;
        ReadOnlySpan<float> values = plane.Values;
        Span<float> gx = stackalloc float[side], gy = stackalloc float[side], magnitude = stackalloc float[side];
        Span<float> xx = stackalloc float[side], yy = stackalloc float[side], xy = stackalloc float[side];
        double sum = 0, squares = 0, coherent = 0, weight = 0, allXx = 0, allYy = 0, allXy = 0;
        for (var y = 0; y < side; y++)
        {
            if (y % Window == 0)
            {
                xx.Clear();
                yy.Clear();
                xy.Clear();
            }
            // Central differences, one-sided at the rim.
            var row = values.Slice(y * side, side);
            gx[0] = row[1] - row[0];
            gx[side - 1] = row[side - 1] - row[side - 2];
            TensorPrimitives.Subtract(row[2..], row[..(side - 2)], gx[1..(side - 1)]);
            TensorPrimitives.Subtract(
                values.Slice(Math.Min(y + 1, side - 1) * side, side), values.Slice(Math.Max(y - 1, 0) * side, side), gy);
            TensorPrimitives.Multiply(gx, gx, magnitude);
            TensorPrimitives.MultiplyAdd(gy, gy, magnitude, magnitude);
            squares += TensorPrimitives.Sum<float>(magnitude);
            TensorPrimitives.Sqrt<float>(magnitude, magnitude);
            sum += TensorPrimitives.Sum<float>(magnitude);
            TensorPrimitives.MultiplyAdd(gx, gx, xx, xx);
            TensorPrimitives.MultiplyAdd(gy, gy, yy, yy);
            TensorPrimitives.MultiplyAdd(gx, gy, xy, xy);
            if (y % Window != Window - 1)
                continue;
            for (var w = 0; w + Window <= side; w += Window)
            {
                double windowXx = 0, windowYy = 0, windowXy = 0;
                for (var x = w; x < w + Window; x++)
                {
                    windowXx += xx[x];
                    windowYy += yy[x];
                    windowXy += xy[x];
                }
                // Coherence weighted by gradient energy: flat windows have no direction to speak of.
                coherent += Math.Sqrt((windowXx - windowYy) * (windowXx - windowYy) + 4 * windowXy * windowXy);
                weight += windowXx + windowYy;
                allXx += windowXx;
                allYy += windowYy;
                allXy += windowXy;
            }
        }
        var n = (double)side * side;
        var mean = sum / n;
        vector.Add(5 * mean);
        vector.Add(5 * Math.Sqrt(Math.Max(squares / n - mean * mean, 0)));
        vector.Add(2 * coherent / (weight + 1e-3));
        vector.Add(2 * Math.Sqrt((allXx - allYy) * (allXx - allYy) + 4 * allXy * allXy) / (allXx + allYy + 1e-3));
    }

    /// <summary>Energy lost by each halving, and what is left: a Haar pyramid.</summary>
    private static void Octaves(StainTexturePlane[] planes, ref StainTextureVector vector)
    {
        Span<double> variance = stackalloc double[Bands];
        for (var scale = 0; scale < planes.Length; scale++)
            variance[scale] = Variance(planes[scale].Values);
        variance[Bands - 1] = CoarseVariance(planes[^1]);
        Span<double> energy = stackalloc double[Bands];
        var total = 1e-5;
        for (var band = 0; band < Bands; band++)
            total += energy[band] = Math.Max(variance[band] - (band + 1 < Bands ? variance[band + 1] : 0), 0);
        foreach (var value in energy)
        {
            vector.Add(Math.Log10(1e-5 + value) + 3);
            vector.Add(2 * value / total);
        }
    }

    private static double Variance(ReadOnlySpan<float> values)
    {
        var mean = TensorPrimitives.Sum(values) / (double)values.Length;
        return Math.Max(TensorPrimitives.SumOfSquares(values) / (double)values.Length - mean * mean, 0);
    }

    private static double CoarseVariance(StainTexturePlane plane)
    {
        var half = plane.Side / 2;
        Span<float> means = half * half <= 16384 ? stackalloc float[half * half] : new float[half * half];
        for (var y = 0; y < half; y++)
        {
            for (var x = 0; x < half; x++)
            {
                var at = 2 * y * plane.Side + 2 * x;
                means[y * half + x] = 0.25f * (plane.Values[at] + plane.Values[at + 1] + plane.Values[at + plane.Side] + plane.Values[at + plane.Side + 1]);
            }
        }
        return Variance(means);
    }
}
