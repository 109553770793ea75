namespace Mhim.Tiling.Encoders;

/// <summary>
/// Offsets 212..255: nuclei as components of smoothed H, once above a fixed density (from 212), once above Otsu's threshold of the tile
/// (from 234). Each 22 numbers: log density, area share; log area mean, sd, p90, largest; eccentricity mean, sd; fit to an ellipse;
/// compactness mean, sd; H inside mean, sd between nuclei, sd within, p90; H contrast to the surroundings; log distance to the nearest neighbour mean, sd; share of small round
/// ones, share of large ones; common direction; E contrast.
/// </summary>
internal static class StainTextureNuclei
{
    private const float FixedThreshold = 0.35f;
    private const float LowestOtsu = 0.12f;
    private const double SmoothingMicrons = 1.2;
    private const double SmallestMicrons2 = 10;
    private const int NeighbourLimit = 512;

    public static void Write(StainTextureTile tile, ref StainTextureVector vector)
    {
        var plane = tile.H[tile.WorkScale];
        var smooth = tile.Scratch[0];
        StainTexturePlane.Blur(plane.Values, smooth, tile.Scratch[1], plane.Side, Math.Max(SmoothingMicrons / tile.WorkMpp, 0.5));
        Describe(tile, smooth, FixedThreshold, ref vector);
        Describe(tile, smooth, Math.Max(Otsu(smooth), LowestOtsu), ref vector);
    }

    private static void Describe(StainTextureTile tile, float[] smooth, float threshold, ref StainTextureVector vector)
    {
        var plane = tile.H[tile.WorkScale];
        var pixel = tile.WorkMpp * tile.WorkMpp;
        var nuclei = StainTextureComponents.Find(
            smooth, plane, tile.E[tile.WorkScale], threshold, Math.Max(1, (int)(SmallestMicrons2 / pixel)), tile.Labels, tile.Stack);
        var n = nuclei.Count;
        var all = (double)plane.Values.Length;
        double inside = 0, hInside = 0, eInside = 0, hAll = 0, eAll = 0, cos = 0, sin = 0, elongation = 0;
        Spread area = default, eccentricity = default, compactness = default, density = default;
        double fit = 0, within = 0, smallRound = 0, large = 0, largest = 0;
        var logAreas = new double[n];
        var densities = new double[n];
        for (var i = 0; i < n; i++)
        {
            var nucleus = nuclei[i];
            var microns2 = nucleus.Area * pixel;
            inside += nucleus.Area;
            hInside += nucleus.SumH;
            eInside += nucleus.SumE;
            logAreas[i] = Math.Log(1 + microns2 / 10);
            densities[i] = nucleus.SumH / nucleus.Area;
            area.Add(logAreas[i]);
            density.Add(densities[i]);
            eccentricity.Add(nucleus.Eccentricity);
            compactness.Add(nucleus.Compactness);
            fit += nucleus.EllipseFit;
            within += Math.Sqrt(Math.Max(nucleus.SumHSquared / nucleus.Area - densities[i] * densities[i], 0));
            smallRound += microns2 < 60 && nucleus.Eccentricity < 0.75 ? 1 : 0;
            large += microns2 > 90 ? 1 : 0;
            largest = Math.Max(largest, logAreas[i]);
            cos += nucleus.Eccentricity * Math.Cos(2 * nucleus.Angle);
            sin += nucleus.Eccentricity * Math.Sin(2 * nucleus.Angle);
            elongation += nucleus.Eccentricity;
        }
        foreach (var value in plane.Values)
            hAll += value;
        foreach (var value in tile.E[tile.WorkScale].Values)
            eAll += value;
        Array.Sort(logAreas);
        Array.Sort(densities);
        var some = Math.Max(n, 1);
        var outside = Math.Max(all - inside, 1);
        var (near, nearSd) = Nearest(nuclei, tile.WorkMpp, plane.Side);

        vector.Add(Math.Log(1 + n / (all * pixel / 1000)));
        vector.Add(2 * inside / all);
        vector.Add(area.Mean);
        vector.Add(area.Sd);
        vector.Add(n == 0 ? 0 : logAreas[(int)(0.9 * (n - 1))]);
        vector.Add(largest / 2);
        vector.Add(eccentricity.Mean);
        vector.Add(4 * eccentricity.Sd);
        vector.Add(fit / some);
        vector.Add(compactness.Mean);
        vector.Add(4 * compactness.Sd);
        vector.Add(2 * density.Mean);
        vector.Add(10 * density.Sd);
        vector.Add(10 * within / some);
        vector.Add(n == 0 ? 0 : 2 * densities[(int)(0.9 * (n - 1))]);
        vector.Add(n == 0 ? 0 : 2 * (hInside / inside - (hAll - hInside) / outside));
        vector.Add(near);
        vector.Add(nearSd);
        vector.Add(smallRound / some);
        vector.Add(large / some);
        vector.Add(Math.Sqrt(cos * cos + sin * sin) / (elongation + 1e-3));
        vector.Add(n == 0 ? 0 : 2 * (eInside / inside - (eAll - eInside) / outside));
    }

    /// <summary>Mean and sd of the log of 1 + distance in µm to the nearest other nucleus.</summary>
    private static (double Mean, double Sd) Nearest(List<StainTextureComponents.Component> nuclei, double mpp, int side)
    {
        if (nuclei.Count < 2)
            return (Math.Log(1 + side * mpp), 0);
        if (nuclei.Count > NeighbourLimit) // Noise rather than nuclei: the expectation for scattered points will do.
            return (Math.Log(1 + 0.5 * side * mpp / Math.Sqrt(nuclei.Count)), 0);
        Spread spread = default;
        foreach (var a in nuclei)
        {
            var best = double.MaxValue;
            foreach (var b in nuclei)
            {
                double dx = a.X - b.X, dy = a.Y - b.Y;
                var square = dx * dx + dy * dy;
                if (square < best && !ReferenceEquals(a, b))
                    best = square;
            }
            spread.Add(Math.Log(1 + Math.Sqrt(best) * mpp));
        }
        return (spread.Mean, spread.Sd);
    }

    private static float Otsu(ReadOnlySpan<float> values)
    {
        Span<int> bins = stackalloc int[128];
        const float step = 128 / StainTextureTile.FullDensity;
        foreach (var value in values)
            bins[(int)Math.Clamp(value * step, 0f, 127f)]++;
        double all = 0;
        for (var i = 0; i < bins.Length; i++)
            all += (double)i * bins[i];
        double count = 0, sum = 0, best = -1;
        var threshold = 0;
        for (var i = 0; i < bins.Length - 1; i++)
        {
            count += bins[i];
            sum += (double)i * bins[i];
            var rest = values.Length - count;
            if (count == 0 || rest == 0)
                continue;
            var gap = sum / count - (all - sum) / rest;
            var between = count * rest * gap * gap;
            if (between > best)
                (best, threshold) = (between, i);
        }
        return (threshold + 1) / step;
    }

    private struct Spread
    {
        private double _sum, _squares;
        private int _count;

        public readonly double Mean => _count == 0 ? 0 : _sum / _count;

        public readonly double Sd => _count == 0 ? 0 : Math.Sqrt(Math.Max(_squares / _count - Mean * Mean, 0));

        public void Add(double value)
        {
            _sum += value;
            _squares += value * value;
            _count++;
        }
    }
}
