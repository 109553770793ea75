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
        var windows = side / Window;
        Span<float> xx = stackalloc float[windows + 1], yy = stackalloc float[windows + 1], xy = stackalloc float[windows + 1];
        double sum = 0, squares = 0, coherent = 0, weight = 0, allXx = 0, allYy = 0, allXy = 0;
        for (var y = 0; y < side; y++)
        {
            if (y % Window == 0)
            {
                xx.Clear();
                yy.Clear();
                xy.Clear();
            }
            var row = values.Slice(y * side, side);
            var above = values.Slice(Math.Max(y - 1, 0) * side, side);
            var below = values.Slice(Math.Min(y + 1, side - 1) * side, side);
            for (var x = 0; x < side; x++)
            {
                var gx = row[Math.Min(x + 1, side - 1)] - row[Math.Max(x - 1, 0)];
                var gy = below[x] - above[x];
                var square = gx * gx + gy * gy;
                sum += MathF.Sqrt(square);
                squares += square;
                xx[x / Window] += gx * gx;
                yy[x / Window] += gy * gy;
                xy[x / Window] += gx * gy;
            }
            if (y % Window != Window - 1)
                continue;
            for (var w = 0; w < windows; w++)
            {
                // Coherence weighted by gradient energy: flat windows have no direction to speak of.
                var trace = xx[w] + yy[w];
                coherent += Math.Sqrt((double)(xx[w] - yy[w]) * (xx[w] - yy[w]) + 4.0 * xy[w] * xy[w]);
                weight += trace;
                allXx += xx[w];
                allYy += yy[w];
                allXy += xy[w];
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
        double sum = 0, squares = 0;
        foreach (var value in values)
        {
            sum += value;
            squares += (double)value * value;
        }
        return Math.Max(squares / values.Length - sum / values.Length * sum / values.Length, 0);
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
