using System.Numerics.Tensors;

namespace Mhim.Tiling.Encoders;

/// <summary>Offsets 0..65: colour, stain statistics, normalised histograms.</summary>
internal static class StainTextureColour
{
    private const int Bins = 256;
    private static readonly float[] Reciprocal = [.. Enumerable.Range(0, Bins).Select(value => value == 0 ? 0f : 1f / value)];
    private static readonly double[] Percentiles = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    public static void Write(StainTextureTile tile, ref StainTextureVector vector)
    {
        float[] h = tile.H[0].Values, e = tile.E[0].Values, r = tile.Residual;
        Span<int> hBins = stackalloc int[Bins], eBins = stackalloc int[Bins], rBins = stackalloc int[Bins];
        Count(tile.H[0].Levels, hBins);
        Count(tile.E[0].Levels, eBins);
        foreach (var value in r)
            rBins[(int)Math.Clamp((value + 0.4f) * (255f / 0.8f), 0f, 255f)]++;
        Moments hStat = MomentsOf(h), eStat = MomentsOf(e), rStat = MomentsOf(r);
        var covariance = Covariance(h, e, hStat, eStat);

        Rgb(tile.Rgb, ref vector);
        vector.Add(hStat.Mean + eStat.Mean);
        vector.Add(4 * Math.Sqrt(Math.Max(hStat.Sd * hStat.Sd + eStat.Sd * eStat.Sd + 2 * covariance, 0)));

        Stain(hStat, hBins, h.Length, 0, StainTextureTile.FullDensity, ref vector);
        Stain(eStat, eBins, e.Length, 0, StainTextureTile.FullDensity, ref vector);
        Stain(rStat, rBins, r.Length, -0.4, 0.8, ref vector);

        // The floor keeps the noise of a blank tile from looking like a relation.
        vector.Add(covariance / (hStat.Sd * eStat.Sd + 1e-4));
        vector.Add(Covariance(h, r, hStat, rStat) / (hStat.Sd * rStat.Sd + 1e-4));
        vector.Add(Covariance(e, r, eStat, rStat) / (eStat.Sd * rStat.Sd + 1e-4));
        var (hMean, eMean) = (Math.Max(hStat.Mean, 0), Math.Max(eStat.Mean, 0));
        vector.Add(hMean / Math.Max(hMean + eMean, 1e-3));

        NormalisedHistogram(hBins, h.Length, ref vector);
        NormalisedHistogram(eBins, e.Length, ref vector);
    }

    private static void Rgb(ReadOnlySpan<byte> rgb, ref StainTextureVector vector)
    {
        var n = rgb.Length / 3;
        long sumR = 0, sumG = 0, sumB = 0, sqR = 0, sqG = 0, sqB = 0, glass = 0, dark = 0, blood = 0, sat = 0, satSq = 0;
        Span<int> brightness = stackalloc int[Bins];
        for (var p = 0; p < rgb.Length; p += 3)
        {
            int r = rgb[p], g = rgb[p + 1], b = rgb[p + 2];
            sumR += r;
            sumG += g;
            sumB += b;
            sqR += r * r;
            sqG += g * g;
            sqB += b * b;
            var max = Math.Max(r, Math.Max(g, b));
            var min = Math.Min(r, Math.Min(g, b));
            // Whole numbers add up to the same sum in any order.
            var saturationSteps = (int)((max - min) * Reciprocal[max] * 1024);
            sat += saturationSteps;
            satSq += saturationSteps * saturationSteps;
            var mean = (r + g + b) / 3;
            brightness[mean]++;
            // & rather than &&: no branches to mispredict on noisy tiles.
            glass += (min > 205 & saturationSteps < 102) ? 1 : 0;
            dark += mean < 95 ? 1 : 0;
            blood += (r > 130 & 20 * g < 11 * r & 4 * b < 3 * r) ? 1 : 0;
        }
        ReadOnlySpan<long> sums = [sumR, sumG, sumB], squares = [sqR, sqG, sqB];
        foreach (var sum in sums)
            vector.Add(sum / 255.0 / n);
        for (var c = 0; c < 3; c++)
            vector.Add(Math.Sqrt(Math.Max((double)squares[c] / n - (double)sums[c] / n * sums[c] / n, 0)) / 64);
        double saturationMean = sat / 1024.0 / n, saturationSquare = satSq / (1024.0 * 1024) / n;
        vector.Add(saturationMean);
        vector.Add(4 * Math.Sqrt(Math.Max(saturationSquare - saturationMean * saturationMean, 0)));
        vector.Add(Quantile(brightness, n, 0.1) / 255);
        vector.Add(Quantile(brightness, n, 0.5) / 255);
        vector.Add(Quantile(brightness, n, 0.9) / 255);
        vector.Add((double)glass / n);
        vector.Add((double)dark / n);
        vector.Add((double)blood / n);
    }

    private readonly record struct Moments(double Mean, double Sd);

    private static Moments MomentsOf(ReadOnlySpan<float> values)
    {
        double mean = TensorPrimitives.Sum(values) / (double)values.Length;
        return new Moments(mean, Math.Sqrt(Math.Max(TensorPrimitives.SumOfSquares(values) / (double)values.Length - mean * mean, 0)));
    }

    private static double Covariance(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Moments aStat, Moments bStat) =>
        TensorPrimitives.Dot(a, b) / (double)a.Length - aStat.Mean * bStat.Mean;

    private static void Stain(Moments stat, scoped ReadOnlySpan<int> bins, int n, double low, double range, ref StainTextureVector vector)
    {
        // The higher moments from the 256 levels: they need no more.
        double m2 = 0, m3 = 0, m4 = 0;
        for (var level = 0; level < Bins; level++)
        {
            var d = low + range * (level + 0.5) / 255 - stat.Mean;
            var weighted = bins[level] * d * d;
            m2 += weighted;
            m3 += weighted * d;
            m4 += weighted * d * d;
        }
        // The floor keeps blank tiles from showing the shape of their noise.
        var variance = m2 / n + 1e-5;
        vector.Add(2 * stat.Mean);
        vector.Add(5 * stat.Sd);
        vector.Add(Math.Asinh(m3 / n / Math.Pow(variance, 1.5)));
        vector.Add(Math.Log(1 + m4 / n / (variance * variance)));
        foreach (var share in Percentiles)
            vector.Add(2 * (low + range * Quantile(bins, n, share) / 255));
    }

    private static void NormalisedHistogram(scoped ReadOnlySpan<int> bins, int n, ref StainTextureVector vector)
    {
        // Never stretched from less than a quarter of the range: on glass that would be noise.
        var top = Math.Max(Quantile(bins, n, 0.99), 48);
        Span<int> eight = stackalloc int[8];
        for (var level = 0; level < Bins; level++)
            eight[Math.Min((int)(level * 8 / top), 7)] += bins[level];
        foreach (var count in eight)
            vector.Add(2.0 * count / n);
    }

    private static void Count(byte[] levels, Span<int> bins)
    {
        foreach (var level in levels)
            bins[level]++;
    }

    /// <summary>The level below which a share of the counts lies, with linear interpolation inside the level.</summary>
    private static double Quantile(ReadOnlySpan<int> bins, int n, double share)
    {
        var wanted = share * n;
        double seen = 0;
        for (var level = 0; level < bins.Length; level++)
        {
            if (seen + bins[level] >= wanted && bins[level] > 0)
                return level + (wanted - seen) / bins[level] - 0.5;
            seen += bins[level];
        }
        return bins.Length - 1;
    }
}
