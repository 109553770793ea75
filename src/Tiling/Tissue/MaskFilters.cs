namespace Mhim.Tiling.Tissue;

/// <summary>Filters over small 8-bit images, [height · width] row by row.</summary>
internal static class MaskFilters
{
    /// <summary>Median over a square window; the image's edge is repeated outwards. A histogram slides along each row (Huang 1979).</summary>
    /// <param name="pixels">Values 0 to 255.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="size">Side of the window, odd; 1 changes nothing.</param>
    internal static byte[] Median(byte[] pixels, int width, int size)
    {
        int height = pixels.Length / width, reach = size / 2, middle = size * size / 2;
        var result = new byte[pixels.Length];
        Parallel.For(0, height, y =>
        {
            Span<int> histogram = stackalloc int[256];
            histogram.Clear();
            int median = 0, below = 0; // below: values in the window less than the median
            for (int x = -reach; x <= reach; x++)
                AddColumn(histogram, x, 1);
            for (int x = 0; x < width; x++)
            {
                while (below > middle)
                    below -= histogram[--median];
                while (below + histogram[median] <= middle)
                    below += histogram[median++];
                result[y * width + x] = (byte)median;
                AddColumn(histogram, x - reach, -1);
                AddColumn(histogram, x + reach + 1, 1);
            }

            void AddColumn(Span<int> counts, int x, int sign)
            {
                x = Math.Clamp(x, 0, width - 1);
                for (int dy = -reach; dy <= reach; dy++)
                {
                    byte value = pixels[Math.Clamp(y + dy, 0, height - 1) * width + x];
                    counts[value] += sign;
                    if (value < median)
                        below += sign;
                }
            }
        });
        return result;
    }

    /// <summary>Morphological closing by a square: gaps narrower than the square are filled, nothing is lost or shifted.</summary>
    /// <param name="bits">0 or 1.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="size">Side of the square; 0 or 1 changes nothing.</param>
    internal static byte[] Close(byte[] bits, int width, int size)
    {
        if (size <= 1)
            return bits;
        // The square of an even side has no middle: grown by more to one side, shrunk by more from that side.
        int before = size / 2, after = size - 1 - before, height = bits.Length / width, wide = width + 2 * size;
        // With an empty margin the image's edge is no edge: tissue near it is not drawn towards it.
        var padded = new byte[wide * (height + 2 * size)];
        for (int y = 0; y < height; y++)
            bits.AsSpan(y * width, width).CopyTo(padded.AsSpan((y + size) * wide + size));
        padded = Window(Window(padded, wide, before, after, any: true), wide, after, before, any: false);
        var result = new byte[bits.Length];
        for (int y = 0; y < height; y++)
            padded.AsSpan((y + size) * wide + size, width).CopyTo(result.AsSpan(y * width));
        return result;
    }

    /// <summary>Whether any (or else all) of the pixels from x − before to x + after, and likewise for y, are set.</summary>
    static byte[] Window(byte[] bits, int width, int before, int after, bool any)
    {
        int height = bits.Length / width;
        var rows = new byte[bits.Length];
        for (int y = 0; y < height; y++)
            Line(bits, rows, y * width, 1, width, before, after, any);
        var result = new byte[bits.Length];
        for (int x = 0; x < width; x++)
            Line(rows, result, x, width, height, before, after, any);
        return result;
    }

    static void Line(byte[] from, byte[] to, int start, int stride, int length, int before, int after, bool any)
    {
        int set = 0, seen = 0;
        for (int i = 0; i < Math.Min(after, length); i++, seen++)
            set += from[start + i * stride];
        for (int i = 0; i < length; i++)
        {
            if (i + after < length)
            {
                set += from[start + (i + after) * stride];
                seen++;
            }
            if (i - before > 0)
            {
                set -= from[start + (i - before - 1) * stride];
                seen--;
            }
            to[start + i * stride] = (byte)((any ? set > 0 : set == seen) ? 1 : 0); // outside the image nobody objects
        }
    }

    /// <summary>Otsu's threshold (1979): the value t that best parts those up to t from those above.</summary>
    /// <param name="histogram">[256] counts.</param>
    internal static int Otsu(ReadOnlySpan<long> histogram)
    {
        double total = 0, sum = 0;
        for (int value = 0; value < 256; value++)
        {
            total += histogram[value];
            sum += (double)value * histogram[value];
        }
        double below = 0, sumBelow = 0, best = -1;
        int threshold = 0;
        for (int value = 0; value < 255; value++)
        {
            below += histogram[value];
            sumBelow += (double)value * histogram[value];
            if (below == 0 || below == total)
                continue;
            double difference = sumBelow / below - (sum - sumBelow) / (total - below);
            double between = below * (total - below) * difference * difference;
            if (between > best)
                (best, threshold) = (between, value);
        }
        return threshold;
    }
}
