namespace Mhim.Benchmarks;

/// <summary>L2-regularised logistic regression by Newton's method, standardised on what it is fitted to; the intercept is free.</summary>
internal sealed class LogisticRegression
{
    private readonly double[] _mean, _scale, _weights;

    private LogisticRegression(double[] mean, double[] scale, double[] weights) => (_mean, _scale, _weights) = (mean, scale, weights);

    /// <param name="rows">Feature vectors of one length.</param>
    /// <param name="labels">True is the positive class.</param>
    /// <param name="penalty">Half of this times the squared weights is added to the summed loss.</param>
    public static LogisticRegression Fit(IReadOnlyList<float[]> rows, IReadOnlyList<bool> labels, double penalty)
    {
        int n = rows.Count, d = rows[0].Length;
        double[] mean = new double[d], scale = new double[d];
        for (var j = 0; j < d; j++)
        {
            mean[j] = rows.Average(row => (double)row[j]);
            scale[j] = 1 / Math.Sqrt(rows.Average(row => (row[j] - mean[j]) * (row[j] - mean[j])) + 1e-6);
        }
        var x = rows.Select(row => Standardise(row, mean, scale)).ToArray();
        var weights = new double[d + 1];
        for (var step = 0; step < 25; step++)
        {
            var gradient = new double[d + 1];
            var hessian = new double[d + 1][];
            for (var j = 0; j <= d; j++)
            {
                hessian[j] = new double[d + 1];
                hessian[j][j] = j < d ? penalty : 1e-9;
                gradient[j] = j < d ? penalty * weights[j] : 0;
            }
            for (var i = 0; i < n; i++)
            {
                var p = 1 / (1 + Math.Exp(-Dot(x[i], weights)));
                var error = p - (labels[i] ? 1 : 0);
                var curvature = Math.Max(p * (1 - p), 1e-9);
                for (var j = 0; j <= d; j++)
                {
                    gradient[j] += error * x[i][j];
                    var scaled = curvature * x[i][j];
                    double[] line = hessian[j], row = x[i];
                    for (var k = 0; k <= j; k++)
                        line[k] += scaled * row[k];
                }
            }
            var change = SolveCholesky(hessian, gradient);
            for (var j = 0; j <= d; j++)
                weights[j] -= change[j];
            if (change.Max(Math.Abs) < 1e-6)
                break;
        }
        return new LogisticRegression(mean, scale, weights);
    }

    /// <summary>Log-odds of the positive class.</summary>
    public double Score(float[] row) => Dot(Standardise(row, _mean, _scale), _weights);

    private static double[] Standardise(float[] row, double[] mean, double[] scale)
    {
        var x = new double[row.Length + 1];
        for (var j = 0; j < row.Length; j++)
            x[j] = Math.Clamp((row[j] - mean[j]) * scale[j], -6, 6);
        x[^1] = 1;
        return x;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>Solves a·x = b for a symmetric positive definite matrix given by its lower half; overwrites it.</summary>
    private static double[] SolveCholesky(double[][] a, double[] b)
    {
        var n = b.Length;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = a[i][j];
                for (var k = 0; k < j; k++)
                    sum -= a[i][k] * a[j][k];
                a[i][j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / a[j][j];
            }
        }
        var x = new double[n];
        for (var i = 0; i < n; i++)
        {
            x[i] = b[i];
            for (var k = 0; k < i; k++)
                x[i] -= a[i][k] * x[k];
            x[i] /= a[i][i];
        }
        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++)
                x[i] -= a[k][i] * x[k];
            x[i] /= a[i][i];
        }
        return x;
    }
}
