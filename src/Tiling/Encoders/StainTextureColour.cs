namespace Mhim.Tiling.Encoders;

/// <summary>Offsets 0..65: colour, stain statistics, normalised histograms.</summary>
internal static class StainTextureColour
{
    private const int Bins = 256;
    private static readonly double[] Percentiles = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    public static void Write(StainTextureTile tile, ref StainTextureVector vector)
    {
        Rgb(tile, ref vector);
        float[] h = tile.H[0].Values, e = tile.E[0].Values, r = tile.Residual;
        Span<int> hBins = stackalloc int[Bins], eBins = stackalloc int[Bins], rBins = stackalloc int[Bins];
        Count(tile.H[0].Levels, hBins);
        Count(tile.E[0].Levels, eBins);
        foreach (var value in r)
            rBins[(int)Math.Clamp((value + 0.4f) * (255f / 0.8f), 0f, 255f)]++;

        var hStat = Stain(h, hBins, 0, StainTextureTile.FullDensity, ref vector);
        var eStat = Stain(e, eBins, 0, StainTextureTile.FullDensity, ref vector);
        var rStat = Stain(r, rBins, -0.4, 0.8, ref vector);

        vector.Add(Correlation(h, e, hStat, eStat));
        vector.Add(Correlation(h, r, hStat, rStat));
        vector.Add(Correlation(e, r, eStat, rStat));
        var (hMean, eMean) = (Math.Max(hStat.Mean, 0), Math.Max(eStat.Mean, 0));
        vector.Add(hMean / Math.Max(hMean + eMean, 1e-3));

        NormalisedHistogram(hBins, h.Length, ref vector);
        NormalisedHistogram(eBins, e.Length, ref vector);
    }

    private static void Rgb(StainTextureTile tile, ref StainTextureVector vector)
    {
        var rgb = tile.Rgb;
        var n = rgb.Length / 3;
        long sumR = 0, sumG = 0, sumB = 0, sqR = 0, sqG = 0, sqB = 0, glass = 0, dark = 0, blood = 0;
        double sat = 0, satSq = 0;
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
            var saturation = max == 0 ? 0f : (max - min) / (float)max;
            sat += saturation;
            satSq += saturation * saturation;
            var mean = (r + g + b) / 3;
            brightness[mean]++;
            glass += min > 205 && saturation < 0.1f ? 1 : 0;
            dark += mean < 95 ? 1 : 0;
            blood += r > 130 && g < 0.55f * r && b < 0.75f * r ? 1 : 0;
        }
        ReadOnlySpan<long> sums = [sumR, sumG, sumB], squares = [sqR, sqG, sqB];
        foreach (var sum in sums)
            vector.Add(sum / 255.0 / n);
        for (var c = 0; c < 3; c++)
            vector.Add(Math.Sqrt(Math.Max((double)squares[c] / n - (double)sums[c] / n * sums[c] / n, 0)) / 64);
        vector.Add(sat / n);
        vector.Add(4 * Math.Sqrt(Math.Max(satSq / n - sat / n * sat / n, 0)));
        vector.Add(Quantile(brightness, n, 0.1) / 255);
        vector.Add(Quantile(brightness, n, 0.5) / 255);
        vector.Add(Quantile(brightness, n, 0.9) / 255);
        vector.Add((double)glass / n);
        vector.Add((double)dark / n);
        vector.Add((double)blood / n);
        float[] h = tile.H[0].Values, e = tile.E[0].Values;
        double total = 0, totalSq = 0;
        for (var i = 0; i < n; i++)
        {
            double density = h[i] + e[i];
            total += density;
            totalSq += density * density;
        }
        vector.Add(total / n);
        vector.Add(4 * Math.Sqrt(Math.Max(totalSq / n - total / n * total / n, 0)));
    }

    private readonly record struct Moments(double Mean, double Sd);

    private static Moments Stain(float[] values, scoped ReadOnlySpan<int> bins, double low, double range, ref StainTextureVector vector)
    {
        double m1 = 0;
        foreach (var value in values)
            m1 += value;
        m1 /= values.Length;
        double m2 = 0, m3 = 0, m4 = 0;
        foreach (var value in values)
        {
            var d = value - m1;
            var d2 = d * d;
            m2 += d2;
            m3 += d2 * d;
            m4 += d2 * d2;
        }
        (m2, m3, m4) = (m2 / values.Length, m3 / values.Length, m4 / values.Length);
        // The floor keeps blank tiles from showing the shape of their noise.
        var variance = m2 + 1e-5;
        vector.Add(2 * m1);
        vector.Add(5 * Math.Sqrt(m2));
        vector.Add(Math.Asinh(m3 / Math.Pow(variance, 1.5)));
        vector.Add(Math.Log(1 + m4 / (variance * variance)));
        foreach (var share in Percentiles)
            vector.Add(2 * (low + range * Quantile(bins, values.Length, share) / 255));
        return new Moments(m1, Math.Sqrt(m2));
    }

    private static double Correlation(float[] a, float[] b, Moments aStat, Moments bStat)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
            sum += (a[i] - aStat.Mean) * (b[i] - bStat.Mean);
        return sum / a.Length / (aStat.Sd * bStat.Sd + 1e-4);
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
