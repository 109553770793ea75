using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>A depthwise convolution and its gradients, sixteen columns at a time; what each column gives is summed up in an order of its own, whoever does it.</summary>
internal static unsafe class DepthwiseWork
{
    const int Lanes = Matrix.Lanes, Places = 512;

    /// <param name="x">[N, M]</param>
    /// <param name="kernel">[taps, M]</param>
    /// <param name="bias">[1, M]; null: none.</param>
    /// <param name="result">[N, M], written.</param>
    /// <param name="columns">M.</param>
    /// <param name="grid">Where the rows lie.</param>
    /// <param name="window">Shape of the kernel.</param>
    public static void Forward(Matrix x, Matrix kernel, Matrix? bias, Matrix result, long columns, Grid grid, Window window)
    {
        var plane = Plane.Floats(grid, window);
        var line = LineFloats(grid);
        Scratch.Share(Blocks(columns), plane + line + window.Taps * Lanes, (block, scratch) =>
        {
            var column = (long)block * Lanes;
            var p = new Plane(scratch.Floats, grid, window);
            p.Fill(x, column, fill: true);
            var row = scratch.Floats + plane;
            var taps = row + line;
            Taps(kernel, column, window, taps, flipped: false);
            Everywhere(p, grid, taps, bias?.Load(0, column) ?? Vector512<float>.Zero, row, result, column, grid.Count);
        });
    }

    /// <param name="x">[N, M]</param>
    /// <param name="kernel">[taps, M]</param>
    /// <param name="gradient">[N, M] of the result.</param>
    /// <param name="ofX">[N, M], written.</param>
    /// <param name="ofKernel">[taps, M], written.</param>
    /// <param name="ofBias">[1, M], written.</param>
    /// <param name="columns">M.</param>
    /// <param name="grid">Where the rows lie.</param>
    /// <param name="window">Shape of the kernel.</param>
    public static void Backward(Matrix x, Matrix kernel, Matrix gradient, Matrix ofX, Matrix ofKernel, Matrix ofBias, long columns, Grid grid, Window window)
    {
        var plane = Plane.Floats(grid, window);
        var line = LineFloats(grid);
        var sumFloats = (long)window.Height * RoundUp(window.Width) * Lanes;
        Scratch.Share(Blocks(columns), 2 * plane + line + window.Taps * Lanes + sumFloats, (block, scratch) =>
        {
            var column = (long)block * Lanes;
            var seen = new Plane(scratch.Floats, grid, window);
            var g = new Plane(scratch.Floats + plane, grid, window);
            seen.Fill(x, column, fill: true);
            g.Fill(gradient, column, fill: false);
            var row = scratch.Floats + 2 * plane;
            var taps = row + line;
            Taps(kernel, column, window, taps, flipped: true);
            Everywhere(g, grid, taps, Vector512<float>.Zero, row, ofX, column, grid.Filled);
            ofBias.Store(Kernel(seen, g, grid, window, taps + window.Taps * Lanes, ofKernel, column), 0, column);
        });
    }

    static int Blocks(long columns) => (int)((columns + Lanes - 1) / Lanes);

    static int RoundUp(int count) => (count + Plane.Run - 1) / Plane.Run * Plane.Run;

    static long LineFloats(Grid grid) => (long)RoundUp(grid.Columns) * Lanes;

    static void Taps(Matrix kernel, long column, Window window, float* taps, bool flipped)
    {
        for (var tap = 0; tap < window.Taps; tap++)
            kernel.Load(flipped ? window.Taps - 1 - tap : tap, column).Store(taps + tap * Lanes);
    }

    /// <summary>Convolves all places up to one; those after the matrix's last row are added to the first rows, with which they were filled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Everywhere(Plane plane, Grid grid, float* taps, Vector512<float> start, float* line, Matrix result, long column, int places)
    {
        for (int place = 0, row = 0; place < places; row++)
        {
            plane.Convolve(row, taps, start, line);
            for (var i = 0; i < grid.Columns && place < places; i++, place++)
            {
                var number = Vector512.Load(line + (long)i * Lanes);
                if (place < grid.Count)
                    result.Store(number, place, column);
                else
                    result.Store(result.Load(place - grid.Count, column) + number, place - grid.Count, column);
            }
        }
    }

    /// <summary>Writes the gradient of the kernel and returns that of the bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static Vector512<float> Kernel(Plane seen, Plane gradient, Grid grid, Window window, float* sums, Matrix ofKernel, long column)
    {
        var width = RoundUp(window.Width);
        new Span<float>(sums, window.Height * width * Lanes).Clear();
        var bias = Vector512<float>.Zero;
        for (var row = 0; row < grid.Rows && (long)row * grid.Columns < grid.Count; row++)
            for (var from = 0; from < grid.Columns; from += Places)
            {
                var places = Math.Min(Places, grid.Columns - from);
                var g = gradient.At(row + window.Height / 2, from + window.Width / 2);
                for (var dy = 0; dy < window.Height; dy++)
                    for (var dx = 0; dx < window.Width; dx += Plane.Run)
                        Plane.Correlate(seen.At(row + dy, from + dx), g, places, sums + (dy * width + dx) * Lanes);
                var part = Vector512<float>.Zero;
                for (var i = 0; i < places; i++)
                    part += Vector512.Load(g + (long)i * Lanes);
                bias += part;
            }
        for (var dy = 0; dy < window.Height; dy++)
            for (var dx = 0; dx < window.Width; dx++)
                ofKernel.Store(Vector512.Load(sums + (dy * width + dx) * Lanes), dy * window.Width + dx, column);
        return bias;
    }
}
