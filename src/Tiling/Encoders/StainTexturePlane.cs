using System.Numerics;
using System.Numerics.Tensors;

namespace Mhim.Tiling.Encoders;

/// <summary>A square plane of one stain: optical density and the same in 256 levels.</summary>
internal sealed class StainTexturePlane(int side)
{
    public int Side { get; } = side;

    public float[] Values { get; } = new float[side * side];

    public byte[] Levels { get; } = new byte[side * side];

    public void Quantise()
    {
        const float step = 255f / StainTextureTile.FullDensity;
        ReadOnlySpan<float> values = Values;
        Span<byte> levels = Levels;
        for (var i = 0; i < values.Length; i++)
            levels[i] = (byte)Math.Clamp(values[i] * step, 0f, 255f);
    }

    /// <summary>Means of 2×2 pixels; an odd last row or column is left out.</summary>
    public void HalveInto(StainTexturePlane half, float[] scratch)
    {
        var rows = scratch.AsSpan(0, Side);
        for (var y = 0; y < half.Side; y++)
        {
            TensorPrimitives.Add(Values.AsSpan(2 * y * Side, Side), Values.AsSpan((2 * y + 1) * Side, Side), rows);
            var to = half.Values.AsSpan(y * half.Side, half.Side);
            for (var x = 0; x < to.Length; x++)
                to[x] = (rows[2 * x] + rows[2 * x + 1]) * 0.25f;
        }
    }

    /// <summary>Gaussian blur with mirrored edges, cut at three sigma.</summary>
    public static void Blur(ReadOnlySpan<float> from, Span<float> to, Span<float> scratch, int side, double sigma)
    {
        var radius = Math.Clamp((int)Math.Ceiling(3 * sigma), 1, side - 1);
        Span<float> kernel = stackalloc float[radius + 1];
        var sum = 0.0;
        for (var k = 0; k <= radius; k++)
            sum += (kernel[k] = (float)Math.Exp(-0.5 * k * k / (sigma * sigma))) * (k == 0 ? 1 : 2);
        for (var k = 0; k <= radius; k++)
            kernel[k] = (float)(kernel[k] / sum);

        // Down the columns, then along the rows of what came out; both over a line with mirrored ends.
        Span<float> padded = stackalloc float[side + 2 * radius];
        for (var y = 0; y < side; y++)
        {
            var row = scratch.Slice(y * side, side);
            var x = 0;
            for (; x + Vector<float>.Count <= side; x += Vector<float>.Count)
            {
                var sums = new Vector<float>(from.Slice(y * side + x)) * kernel[0];
                for (var k = 1; k <= radius; k++)
                    sums += (new Vector<float>(from.Slice(Mirror(y - k, side) * side + x)) + new Vector<float>(from.Slice(Mirror(y + k, side) * side + x))) * kernel[k];
                sums.CopyTo(row[x..]);
            }
            for (; x < side; x++)
            {
                row[x] = from[y * side + x] * kernel[0];
                for (var k = 1; k <= radius; k++)
                    row[x] += (from[Mirror(y - k, side) * side + x] + from[Mirror(y + k, side) * side + x]) * kernel[k];
            }
        }
        for (var y = 0; y < side; y++)
        {
            var row = scratch.Slice(y * side, side);
            row.CopyTo(padded[radius..]);
            for (var k = 1; k <= radius; k++)
            {
                padded[radius - k] = row[Mirror(-k, side)];
                padded[radius + side - 1 + k] = row[Mirror(side - 1 + k, side)];
            }
            var done = to.Slice(y * side, side);
            var x = 0;
            for (; x + Vector<float>.Count <= side; x += Vector<float>.Count)
            {
                var sums = new Vector<float>(padded[(radius + x)..]) * kernel[0];
                for (var k = 1; k <= radius; k++)
                    sums += (new Vector<float>(padded[(radius + x - k)..]) + new Vector<float>(padded[(radius + x + k)..])) * kernel[k];
                sums.CopyTo(done[x..]);
            }
            for (; x < side; x++)
            {
                done[x] = padded[radius + x] * kernel[0];
                for (var k = 1; k <= radius; k++)
                    done[x] += (padded[radius + x - k] + padded[radius + x + k]) * kernel[k];
            }
        }
    }

    private static int Mirror(int index, int side) => index < 0 ? -index - 1 : index >= side ? 2 * side - 1 - index : index;
}
