namespace Mhim.Benchmarks;

/// <summary>What can be said of a figure over a few seeds.</summary>
static class SeedStatistics
{
    /// <summary>Standard deviation of a sample.</summary>
    public static double Deviation(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Count - 1));
    }

    /// <summary>Mean of paired differences and its two-sided p by Student's t.</summary>
    public static (double Mean, double P) PairedT(IReadOnlyList<double> differences)
    {
        var n = differences.Count;
        var mean = differences.Average();
        var error = Deviation(differences) / Math.Sqrt(n);
        if (n < 2 || error == 0)
            return (mean, double.NaN);
        // The tail of t by integrating its density; n − 1 degrees of freedom.
        double t = Math.Abs(mean / error), v = n - 1, area = 0, whole = 0;
        const double step = 0.001;
        for (var x = step / 2; x < 200; x += step)
        {
            var density = Math.Pow(1 + x * x / v, -(v + 1) / 2);
            whole += density;
            if (x > t)
                area += density;
        }
        return (mean, area / whole);
    }
}
