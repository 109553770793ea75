namespace Mhim.Tiling.Tissue;

/// <summary>
/// Outlines of a mask along the edges of its pixels. Each ring is simple (it never meets itself, not even in a corner), as polygon
/// libraries want it: a ring that visits a corner twice is cut there in two.
/// </summary>
internal static class MaskOutlines
{
    // East, south, west, north; a turn to the right is the next one. Tissue lies on the right of the way, so outer rings run clockwise.
    static readonly (int X, int Y)[] Steps = [(1, 0), (0, 1), (-1, 0), (0, -1)];

    /// <param name="bits">[height · width], 0 or other.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="place">From a corner between mask pixels to level 0.</param>
    internal static List<TissueContour> Of(byte[] bits, int width, Func<int, int, SlidePoint> place)
    {
        int height = bits.Length / width;
        bool Set(int x, int y) => (uint)x < (uint)width && (uint)y < (uint)height && bits[y * width + x] != 0;

        // Without diagonals a part has exactly one outer ring, which is the first that a scan meets.
        var parts = ConnectedComponents.Find(bits, width, of: true, diagonal: false);
        var outlines = new IReadOnlyList<SlidePoint>?[parts.Count];
        var holes = new List<IReadOnlyList<SlidePoint>>[parts.Count];
        var walked = new bool[bits.Length]; // top edges
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                if (!Set(x, y) || Set(x, y - 1) || walked[y * width + x])
                    continue;
                int part = parts.Labels[y * width + x];
                foreach (var ring in SimpleRings(Walk(x, y, width, Set, walked)))
                {
                    var points = ring.ConvertAll(corner => place(corner.X, corner.Y));
                    if (IsClockwise(ring))
                        outlines[part] = points;
                    else
                        (holes[part] ??= []).Add(points);
                }
            }
        var contours = new List<TissueContour>(parts.Count);
        for (int part = 0; part < parts.Count; part++)
            contours.Add(new TissueContour(outlines[part]!, holes[part] ?? []));
        return contours;
    }

    /// <summary>Follows the edge that starts as the top of a pixel, until it comes back; gives the corners where it turns.</summary>
    static List<(int X, int Y)> Walk(int startX, int startY, int width, Func<int, int, bool> set, bool[] walked)
    {
        var corners = new List<(int X, int Y)>();
        int x = startX, y = startY, direction = 0;
        do
        {
            if (direction == 0)
                walked[y * width + x] = true;
            x += Steps[direction].X;
            y += Steps[direction].Y;
            var (left, right) = direction switch
            {
                0 => (set(x, y - 1), set(x, y)),
                1 => (set(x, y), set(x - 1, y)),
                2 => (set(x - 1, y), set(x - 1, y - 1)),
                _ => (set(x - 1, y - 1), set(x, y - 1)),
            };
            int next = !right ? (direction + 1) % 4 : left ? (direction + 3) % 4 : direction;
            if (next != direction)
                corners.Add((x, y));
            direction = next;
        }
        while (x != startX || y != startY || direction != 0);
        return corners;
    }

    static IEnumerable<List<(int X, int Y)>> SimpleRings(List<(int X, int Y)> corners)
    {
        var path = new List<(int X, int Y)>();
        var seen = new Dictionary<(int X, int Y), int>();
        foreach (var corner in corners)
        {
            if (seen.TryGetValue(corner, out int at))
            {
                var loop = path.GetRange(at, path.Count - at);
                foreach (var cut in loop)
                    seen.Remove(cut);
                path.RemoveRange(at, path.Count - at);
                yield return loop;
            }
            seen[corner] = path.Count;
            path.Add(corner);
        }
        yield return path;
    }

    static bool IsClockwise(List<(int X, int Y)> ring)
    {
        long twice = 0;
        var last = ring[^1];
        foreach (var corner in ring)
        {
            twice += (long)last.X * corner.Y - (long)corner.X * last.Y;
            last = corner;
        }
        return twice > 0; // y runs down
    }
}
