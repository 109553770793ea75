using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>The softmax of one row and its gradient. Sums and exponentials are float32; a long row is summed in stretches, whose sums are summed: 2e-7 relative at 50,000.</summary>
internal static unsafe class SoftmaxRow
{
    const int Lanes = Matrix.Lanes, Stretch = 64 * Lanes;

    /// <param name="row">[n] float32.</param>
    /// <param name="columns">n</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InPlace(float* row, long columns)
    {
        var whole = columns / Lanes * Lanes;
        var most = Vector512.Create(float.NegativeInfinity);
        for (long at = 0; at < whole; at += Lanes)
            most = Vector512.MaxNative(most, Vector512.Load(row + at));
        var peak = Peak(most);
        for (var at = whole; at < columns; at++)
            peak = Math.Max(peak, row[at]);
        var share = 1 / Exponentials(row, columns, peak);
        var shares = Vector512.Create(share);
        for (long at = 0; at < whole; at += Lanes)
            (Vector512.Load(row + at) * shares).Store(row + at);
        for (var at = whole; at < columns; at++)
            row[at] *= share;
    }

    /// <param name="row">[n] bfloat16, n a multiple of 16.</param>
    /// <param name="columns">n</param>
    /// <param name="floats">[n] for what lies in between.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InPlace(ushort* row, long columns, float* floats)
    {
        var most = Vector512.Create(float.NegativeInfinity);
        for (long at = 0; at < columns; at += Lanes)
        {
            var numbers = Matrix.Widen(Vector256.Load(row + at));
            numbers.Store(floats + at);
            most = Vector512.MaxNative(most, numbers);
        }
        var share = Vector512.Create(1 / Exponentials(floats, columns, Peak(most)));
        for (long at = 0; at < columns; at += Lanes)
            Matrix.Narrow(Vector512.Load(floats + at) * share).Store(row + at);
    }

    /// <summary>g ← y ⊙ (g − y·g).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SlopesInPlace(ushort* g, ushort* y, long columns)
    {
        var sum = Vector512<float>.Zero;
        for (long at = 0; at < columns; at += Lanes)
            sum = Vector512.FusedMultiplyAdd(Matrix.Widen(Vector256.Load(y + at)), Matrix.Widen(Vector256.Load(g + at)), sum);
        var total = Vector512.Create(Vector512.Sum(sum));
        for (long at = 0; at < columns; at += Lanes)
            Matrix.Narrow(Matrix.Widen(Vector256.Load(y + at)) * (Matrix.Widen(Vector256.Load(g + at)) - total)).Store(g + at);
    }

    /// <summary>g ← y ⊙ (g − total).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SlopesInPlace(float* g, float* y, long columns, float total)
    {
        var (whole, totals) = (columns / Lanes * Lanes, Vector512.Create(total));
        for (long at = 0; at < whole; at += Lanes)
            (Vector512.Load(y + at) * (Vector512.Load(g + at) - totals)).Store(g + at);
        for (var at = whole; at < columns; at++)
            g[at] = y[at] * (g[at] - total);
    }

    /// <summary>Each number becomes its exponential less the peak; their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Exponentials(float* numbers, long columns, float peak)
    {
        var (whole, peaks, sum) = (columns / Lanes * Lanes, Vector512.Create(peak), Vector512<float>.Zero);
        for (long from = 0; from < whole; from += Stretch)
        {
            var part = Vector512<float>.Zero;
            var to = Math.Min(whole, from + Stretch);
            for (var at = from; at < to; at += Lanes)
            {
                var exponential = Exp(Vector512.Load(numbers + at) - peaks);
                exponential.Store(numbers + at);
                part += exponential;
            }
            sum += part;
        }
        var total = Vector512.Sum(sum);
        for (var at = whole; at < columns; at++)
            total += numbers[at] = MathF.Exp(numbers[at] - peak);
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Peak(Vector512<float> numbers)
    {
        var half = Vector256.MaxNative(numbers.GetLower(), numbers.GetUpper());
        var quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        return Math.Max(Math.Max(quarter[0], quarter[1]), Math.Max(quarter[2], quarter[3]));
    }

    /// <summary>eˣ for x ≤ 0: 2ⁿ times the series of a remainder of at most ½·ln 2, in which what is left out is 5e-9. Zero below e⁻⁸⁸.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.Max(x, Vector512.Create(-100f));
        var n = Vector512.Round(x * Vector512.Create(1.44269504f));
        // ln 2 in two parts, of which the first times n is exact.
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x));
        var series = Vector512.Create(1 / 5040f);
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 720f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 120f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 24f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1 / 6f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(0.5f));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One);
        var exponent = Vector512.Max(Vector512.ConvertToInt32Native(n) + Vector512.Create(127), Vector512<int>.Zero);
        return Vector512.FusedMultiplyAdd(series, r, Vector512<float>.One) * (exponent << 23).AsSingle();
    }
}
