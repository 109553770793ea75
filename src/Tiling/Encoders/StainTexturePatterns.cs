using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mhim.Tiling.Encoders;

/// <summary>Offsets 66..155: grey-level co-occurrence and local binary patterns of H and E at three scales.</summary>
internal static class StainTexturePatterns
{
    private const int Grey = 16;
    private const int PatternBins = 10;

    // A neighbour must stand out by this many of 256 levels; less is noise and JPEG.
    private const byte Tolerance = 4;

    private static readonly byte[] UniformBin = MakeUniformBins();

    public static void Write(StainTextureTile tile, ref StainTextureVector vector)
    {
        foreach (var plane in tile.H)
            CoOccurrence(plane, ref vector);
        foreach (var plane in tile.E)
            CoOccurrence(plane, ref vector);
        foreach (var plane in tile.H)
            BinaryPatterns(plane, ref vector);
        foreach (var plane in tile.E)
            BinaryPatterns(plane, ref vector);
    }

    private static void CoOccurrence(StainTexturePlane plane, ref StainTextureVector vector)
    {
        Span<int> right = stackalloc int[Grey * Grey], down = stackalloc int[Grey * Grey];
        Span<int> fall = stackalloc int[Grey * Grey], rise = stackalloc int[Grey * Grey];
        var side = plane.Side;
        ReadOnlySpan<byte> levels = plane.Levels;
        for (var y = 1; y < side - 1; y++)
        {
            // Four tables rather than one: neighbouring pixels often hit the same cell, and the adds would wait for each other.
            var row = levels.Slice(y * side, side);
            var below = levels.Slice((y + 1) * side, side);
            for (var x = 1; x < side - 1; x++)
            {
                var from = row[x] >> 4 << 4;
                right[from + (row[x + 1] >> 4)]++;
                down[from + (below[x] >> 4)]++;
                fall[from + (below[x + 1] >> 4)]++;
                rise[from + (below[x - 1] >> 4)]++;
            }
        }
        // Pairs count both ways, which makes the table symmetric and the result the same for a mirrored tile.
        var total = 8.0 * (side - 2) * (side - 2);
        double contrast = 0, energy = 0, homogeneity = 0, entropy = 0, mean = 0, square = 0, product = 0;
        for (var i = 0; i < Grey; i++)
        {
            for (var j = 0; j < Grey; j++)
            {
                int ij = i * Grey + j, ji = j * Grey + i;
                var count = right[ij] + right[ji] + down[ij] + down[ji] + fall[ij] + fall[ji] + rise[ij] + rise[ji];
                if (count == 0)
                    continue;
                var p = count / total;
                double difference = i - j;
                contrast += p * difference * difference;
                energy += p * p;
                homogeneity += p / (1 + Math.Abs(difference));
                entropy -= p * Math.Log(p);
                mean += p * i;
                square += p * i * i;
                product += p * i * j;
            }
        }
        var variance = square - mean * mean;
        vector.Add(Math.Log(1 + contrast));
        vector.Add((product - mean * mean) / (variance + 0.05));
        vector.Add(Math.Sqrt(energy));
        vector.Add(homogeneity);
        vector.Add(entropy / 2);
    }

    private static void BinaryPatterns(StainTexturePlane plane, ref StainTextureVector vector)
    {
        Span<int> codes = stackalloc int[256];
        var side = plane.Side;
        ReadOnlySpan<byte> levels = plane.Levels;
        Span<byte> rowCodes = stackalloc byte[side];
        for (var y = 1; y < side - 1; y++)
        {
            RowCodes(levels.Slice((y - 1) * side, 3 * side), side, rowCodes);
            foreach (var code in rowCodes[1..(side - 1)])
                codes[code]++;
        }
        Span<double> bins = stackalloc double[PatternBins];
        for (var code = 0; code < 256; code++)
            bins[UniformBin[code]] += codes[code];
        foreach (var bin in bins)
            vector.Add(4 * bin / ((side - 2) * (side - 2)));
    }

    /// <summary>Bit k of a code: neighbour k, clockwise from the upper left, is brighter than the middle by more than the tolerance.</summary>
    private static void RowCodes(ReadOnlySpan<byte> rows, int side, Span<byte> codes)
    {
        ReadOnlySpan<int> offsets = [-side - 1, -side, -side + 1, 1, side + 1, side, side - 1, -1];
        var x = 1;
        var width = Vector256<byte>.Count;
        for (; x + width <= side - 1; x += width)
        {
            var middle = Vector256.Create<byte>(rows.Slice(side + x, width));
            var limit = Vector256.AddSaturate(middle, Vector256.Create(Tolerance));
            var code = Vector256<byte>.Zero;
            for (var k = 0; k < 8; k++)
            {
                var neighbour = Vector256.Create<byte>(rows.Slice(side + x + offsets[k], width));
                code |= Vector256.GreaterThan(neighbour, limit) & Vector256.Create((byte)(1 << k));
            }
            code.CopyTo(codes.Slice(x, width));
        }
        for (; x < side - 1; x++)
        {
            var limit = Math.Min(rows[side + x] + Tolerance, 255);
            var code = 0;
            for (var k = 0; k < 8; k++)
                code |= rows[side + x + offsets[k]] > limit ? 1 << k : 0;
            codes[x] = (byte)code;
        }
    }

    private static byte[] MakeUniformBins()
    {
        var bins = new byte[256];
        for (var code = 0; code < 256; code++)
        {
            var changes = BitOperations.PopCount((uint)(code ^ ((code << 1 | code >> 7) & 255)));
            bins[code] = (byte)(changes <= 2 ? BitOperations.PopCount((uint)code) : PatternBins - 1);
        }
        return bins;
    }
}
