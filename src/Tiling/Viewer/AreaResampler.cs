namespace Mhim.Tiling.Viewer;

/// <summary>
/// Shrinks pixels by any factor of 1 or more, whole or not: every output pixel is the mean over the exact area that it covers. Magnifies (factor below 1)
/// by the same rule, so that an output pixel inside one source pixel is that pixel.
/// </summary>
internal static class AreaResampler
{
    /// <summary>Resamples a rectangle of the source.</summary>
    /// <param name="source">[sourceHeight, sourceWidth, 3].</param>
    /// <param name="sourceWidth">Width of the source in pixels.</param>
    /// <param name="sourceHeight">Height of the source in pixels.</param>
    /// <param name="x0">Left edge of the rectangle in source pixels, 0 or more.</param>
    /// <param name="y0">Top edge of the rectangle in source pixels, 0 or more.</param>
    /// <param name="scale">Source pixels per output pixel, above 0.</param>
    /// <param name="width">Output width.</param>
    /// <param name="height">Output height.</param>
    /// <param name="output">[height, width, 3], filled.</param>
    public static void Resample(ReadOnlySpan<byte> source, int sourceWidth, int sourceHeight, double x0, double y0, double scale,
        int width, int height, Span<byte> output)
    {
        var columns = Weights(x0, scale, width, sourceWidth);
        var rows = Weights(y0, scale, height, sourceHeight);
        var sums = new float[width * 3];
        var line = new float[width * 3];
        for (int y = 0; y < height; y++)
        {
            Array.Clear(sums);
            for (int sy = rows[y].First; sy <= rows[y].Last; sy++)
            {
                Shrink(source.Slice(sy * sourceWidth * 3, sourceWidth * 3), columns, line);
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(line, rows[y].Of(sy), sums, sums);
            }
            var target = output.Slice(y * width * 3, width * 3);
            for (int i = 0; i < target.Length; i++)
                target[i] = (byte)(sums[i] + 0.5f);
        }
    }

    static void Shrink(ReadOnlySpan<byte> row, Span[] columns, float[] line)
    {
        for (int x = 0; x < columns.Length; x++)
        {
            float r = 0, g = 0, b = 0;
            ref readonly var span = ref columns[x];
            for (int sx = span.First, i = span.First * 3; sx <= span.Last; sx++, i += 3)
            {
                float weight = span.Of(sx);
                r += weight * row[i];
                g += weight * row[i + 1];
                b += weight * row[i + 2];
            }
            (line[3 * x], line[3 * x + 1], line[3 * x + 2]) = (r, g, b);
        }
    }

    // The source pixels First..Last under one output pixel; all weigh Middle but the two at the ends.
    readonly record struct Span(int First, int Last, float FirstWeight, float LastWeight, float Middle)
    {
        public float Of(int index) => index == First ? FirstWeight : index == Last ? LastWeight : Middle;
    }

    static Span[] Weights(double start, double scale, int count, int limit)
    {
        var spans = new Span[count];
        for (int i = 0; i < count; i++)
        {
            double from = Math.Clamp(start + i * scale, 0, limit), to = Math.Clamp(start + (i + 1) * scale, 0, limit);
            int first = Math.Min((int)from, limit - 1), last = Math.Clamp((int)Math.Ceiling(to - 1e-9) - 1, first, limit - 1);
            double total = to - from;
            spans[i] = first == last || total <= 0
                ? new Span(first, first, 1, 1, 1)
                : new Span(first, last, (float)((first + 1 - from) / total), (float)((to - last) / total), (float)(1 / total));
        }
        return spans;
    }
}
