namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>
/// Resizes square RGB tiles as Pillow does, so that vectors match those of pipelines in Python: separable, the filter as wide as the shrinking
/// asks (no aliasing), rounded to 8 bit after each pass.
/// </summary>
sealed class TileResizer
{
    readonly int _from, _to, _taps;
    readonly int[] _first;
    readonly float[] _weights; // [to, taps], zero beyond a pixel's own

    /// <summary>Prepares the weights.</summary>
    /// <param name="from">Side of the tiles, pixels.</param>
    /// <param name="to">Wanted side, pixels.</param>
    /// <param name="filter">Filter.</param>
    public TileResizer(int from, int to, Interpolation filter)
    {
        (_from, _to) = (from, to);
        double scale = (double)from / to, stretch = Math.Max(scale, 1), support = (filter == Interpolation.Bicubic ? 2 : 1) * stretch;
        _taps = (int)Math.Ceiling(support) * 2 + 1;
        _first = new int[to];
        _weights = new float[to * _taps];
        for (var i = 0; i < to; i++)
        {
            var centre = (i + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0), end = Math.Min((int)(centre + support + 0.5), from);
            var weights = new double[end - first];
            for (var k = 0; k < weights.Length; k++)
                weights[k] = Weight(filter, (k + first - centre + 0.5) / stretch);
            var sum = weights.Sum();
            _first[i] = first;
            for (var k = 0; k < weights.Length; k++)
                _weights[i * _taps + k] = (float)(weights[k] / sum);
        }
    }

    /// <summary>Resizes one tile.</summary>
    /// <param name="tile">[from, from, 3].</param>
    /// <param name="between">Room for [from, to, 3].</param>
    /// <param name="resized">[to, to, 3].</param>
    public void Resize(ReadOnlySpan<byte> tile, Span<byte> between, Span<byte> resized)
    {
        for (var y = 0; y < _from; y++)
            Pass(tile.Slice(y * _from * 3, _from * 3), 3, between.Slice(y * _to * 3), 3, 1);
        // Columns: all of a row's channels stand beside each other with the same weights.
        Pass(between, _to * 3, resized, _to * 3, _to);
    }

    /// <summary>One line of pixels; <paramref name="width"/> pixels stand side by side at each of its places.</summary>
    void Pass(ReadOnlySpan<byte> line, int stepIn, Span<byte> outLine, int stepOut, int width)
    {
        for (var i = 0; i < _to; i++)
        {
            var weights = _weights.AsSpan(i * _taps, Math.Min(_taps, _from - _first[i]));
            var source = line[(_first[i] * stepIn)..];
            for (var c = 0; c < width * 3; c++)
            {
                var sum = 0.5f;
                for (var k = 0; k < weights.Length; k++)
                    sum += weights[k] * source[k * stepIn + c];
                outLine[i * stepOut + c] = (byte)Math.Clamp(sum, 0, 255);
            }
        }
    }

    static double Weight(Interpolation filter, double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return filter == Interpolation.Bilinear ? Math.Max(0, 1 - x)
            : x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1
            : x < 2 ? (((x - 5) * x + 8) * x - 4) * a
            : 0;
    }
}
