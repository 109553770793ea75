namespace Mhim.Mil.Metrics;

/// <summary>Tail probabilities of the distributions that tests refer to.</summary>
public static class Tails
{
    static readonly double[] Lanczos =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
        -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>P(X ≥ <paramref name="x"/>) of the χ² distribution; NaN for NaN.</summary>
    public static double ChiSquare(double x, int degrees) => double.IsNaN(x) ? double.NaN : x <= 0 ? 1 : UpperGamma(degrees / 2.0, x / 2);

    /// <summary>P(|Z| ≥ |<paramref name="z"/>|) of the standard normal distribution.</summary>
    public static double TwoSidedNormal(double z) => ChiSquare(z * z, 1);

    /// <summary>Regularised upper incomplete gamma function Q(a, x): series below a + 1, Lentz's continued fraction above.</summary>
    static double UpperGamma(double a, double x)
    {
        if (double.IsPositiveInfinity(x))
            return 0;
        var front = Math.Exp(a * Math.Log(x) - x - LogGamma(a));
        if (x < a + 1)
        {
            double term = 1 / a, sum = term;
            for (var n = 1; n < 1000 && Math.Abs(term) > Math.Abs(sum) * 1e-16; n++)
                sum += term *= x / (a + n);
            return 1 - front * sum;
        }
        const double tiny = 1e-300;
        double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
        for (var n = 1; n < 1000; n++)
        {
            var an = -n * (n - a);
            b += 2;
            d = 1 / Nonzero(an * d + b);
            c = Nonzero(b + an / c);
            var step = d * c;
            h *= step;
            if (Math.Abs(step - 1) < 1e-15)
                break;
        }
        return front * h;

        static double Nonzero(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    /// <summary>ln Γ(x) for x ≥ 0.5 by the Lanczos approximation (g = 7, nine terms), good to 1e-13.</summary>
    static double LogGamma(double x)
    {
        x -= 1;
        var sum = Lanczos[0];
        for (var i = 1; i < Lanczos.Length; i++)
            sum += Lanczos[i] / (x + i);
        var t = x + 7.5;
        return 0.5 * Math.Log(2 * Math.PI) + (x + 0.5) * Math.Log(t) - t + Math.Log(sum);
    }
}
