using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// Sixteen columns of a matrix on their grid, close together and in a border of zeros, so that a window never looks outside. On the right there is room for a whole
/// run of places more, because they are worked on eight at a time.
/// </summary>
internal readonly unsafe struct Plane(float* floats, Grid grid, Window window)
{
    /// <summary>Places at a time.</summary>
    public const int Run = 8;

    /// <summary>Places of a padded row.</summary>
    public int Stride { get; } = PaddedColumns(grid, window);

    static int PaddedColumns(Grid grid, Window window) => grid.Columns + window.Width - 1 + Run;

    public static long Floats(Grid grid, Window window) => (long)PaddedColumns(grid, window) * (grid.Rows + window.Height - 1) * Matrix.Lanes;

    /// <summary>A place of the padded plane, its border counted.</summary>
    public float* At(int row, int column) => floats + ((long)row * Stride + column) * Matrix.Lanes;

    /// <summary>Copies sixteen columns, each row to its place.</summary>
    /// <param name="from">[grid.Count, …]</param>
    /// <param name="column">The first of the sixteen.</param>
    /// <param name="fill">Whether the first rows fill up the places after the last one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(Matrix from, long column, bool fill)
    {
        new Span<float>(floats, checked((int)Floats(grid, window))).Clear();
        for (int place = 0, row = 0; row < grid.Rows; row++)
        {
            var to = At(row + window.Height / 2, window.Width / 2);
            for (var i = 0; i < grid.Columns; i++, place++, to += Matrix.Lanes)
                if ((fill ? grid.At(place) : place < grid.Count ? place : -1) is >= 0 and var source)
                    from.Load(source, column).Store(to);
                else if (place >= grid.Filled)
                    return;
        }
    }

    /// <summary>One row of the grid convolved: each place the sum of what the window shows of it, times the taps.</summary>
    /// <param name="row">Of the grid.</param>
    /// <param name="taps">[window.Taps, 16]</param>
    /// <param name="start">What the sums begin with.</param>
    /// <param name="result">[columns rounded up to eight, 16]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Convolve(int row, float* taps, Vector512<float> start, float* result)
    {
        const int Lanes = Matrix.Lanes;
        for (var column = 0; column < grid.Columns; column += Run, result += Run * Lanes)
        {
            var (s0, s1, s2, s3, s4, s5, s6, s7) = (start, start, start, start, start, start, start, start);
            var tap = taps;
            for (var dy = 0; dy < window.Height; dy++)
            {
                var at = At(row + dy, column);
                for (var dx = 0; dx < window.Width; dx++, at += Lanes, tap += Lanes)
                {
                    var weight = Vector512.Load(tap);
                    s0 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at), s0);
                    s1 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at + Lanes), s1);
                    s2 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at + 2 * Lanes), s2);
                    s3 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at + 3 * Lanes), s3);
                    s4 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at + 4 * Lanes), s4);
                    s5 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at + 5 * Lanes), s5);
                    s6 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at + 6 * Lanes), s6);
                    s7 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(at + 7 * Lanes), s7);
                }
            }
            s0.Store(result);
            s1.Store(result + Lanes);
            s2.Store(result + 2 * Lanes);
            s3.Store(result + 3 * Lanes);
            s4.Store(result + 4 * Lanes);
            s5.Store(result + 5 * Lanes);
            s6.Store(result + 6 * Lanes);
            s7.Store(result + 7 * Lanes);
        }
    }

    /// <summary>Adds up, for eight taps beside each other, the products of what they see with the gradients at the places from which they see it.</summary>
    /// <param name="seen">Where the first tap looks from the first place.</param>
    /// <param name="gradient">The gradient at the first place.</param>
    /// <param name="places">How many; a few hundred, so that no sum gets long.</param>
    /// <param name="sums">[8, 16], to which is added.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Correlate(float* seen, float* gradient, int places, float* sums)
    {
        const int Lanes = Matrix.Lanes;
        var zero = Vector512<float>.Zero;
        var (s0, s1, s2, s3, s4, s5, s6, s7) = (zero, zero, zero, zero, zero, zero, zero, zero);
        for (var i = 0; i < places; i++, seen += Lanes, gradient += Lanes)
        {
            var g = Vector512.Load(gradient);
            s0 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen), s0);
            s1 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen + Lanes), s1);
            s2 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen + 2 * Lanes), s2);
            s3 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen + 3 * Lanes), s3);
            s4 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen + 4 * Lanes), s4);
            s5 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen + 5 * Lanes), s5);
            s6 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen + 6 * Lanes), s6);
            s7 = Vector512.FusedMultiplyAdd(g, Vector512.Load(seen + 7 * Lanes), s7);
        }
        (Vector512.Load(sums) + s0).Store(sums);
        (Vector512.Load(sums + Lanes) + s1).Store(sums + Lanes);
        (Vector512.Load(sums + 2 * Lanes) + s2).Store(sums + 2 * Lanes);
        (Vector512.Load(sums + 3 * Lanes) + s3).Store(sums + 3 * Lanes);
        (Vector512.Load(sums + 4 * Lanes) + s4).Store(sums + 4 * Lanes);
        (Vector512.Load(sums + 5 * Lanes) + s5).Store(sums + 5 * Lanes);
        (Vector512.Load(sums + 6 * Lanes) + s6).Store(sums + 6 * Lanes);
        (Vector512.Load(sums + 7 * Lanes) + s7).Store(sums + 7 * Lanes);
    }
}
