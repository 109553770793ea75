namespace Mhim.Tiling.Encoders;

/// <summary>Connected components (8 neighbours) of a thresholded plane with their shapes.</summary>
internal static class StainTextureComponents
{
    internal sealed record Component(
        double X, double Y, int Area, double SumH, double SumHSquared, double SumE, double Eccentricity, double Angle, double EllipseFit, double Compactness);

    public static List<Component> Find(
        ReadOnlySpan<float> smooth, StainTexturePlane h, StainTexturePlane e, float threshold, int smallest, int[] labels, int[] stack)
    {
        var side = h.Side;
        var found = new List<Component>();
        for (var i = 0; i < smooth.Length; i++)
            labels[i] = smooth[i] > threshold ? -1 : 0;
        for (var start = 0; start < smooth.Length; start++)
        {
            if (labels[start] >= 0)
                continue;
            var component = Fill(start, side, h.Values, e.Values, labels, stack, smallest);
            if (component is not null)
                found.Add(component);
        }
        return found;
    }

    private static Component? Fill(
        int start, int side, ReadOnlySpan<float> h, ReadOnlySpan<float> e, int[] labels, int[] stack, int smallest)
    {
        int depth = 0, area = 0, edges = 0;
        double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, sumH = 0, sumHSquared = 0, sumE = 0;
        labels[start] = 1;
        stack[depth++] = start;
        while (depth > 0)
        {
            var at = stack[--depth];
            int x = at % side, y = at / side;
            area++;
            sx += x;
            sy += y;
            sxx += (double)x * x;
            syy += (double)y * y;
            sxy += (double)x * y;
            sumH += h[at];
            sumHSquared += (double)h[at] * h[at];
            sumE += e[at];
            for (var ny = Math.Max(y - 1, 0); ny <= Math.Min(y + 1, side - 1); ny++)
            {
                for (var nx = Math.Max(x - 1, 0); nx <= Math.Min(x + 1, side - 1); nx++)
                {
                    var next = ny * side + nx;
                    if (labels[next] < 0)
                    {
                        labels[next] = 1;
                        stack[depth++] = next;
                    }
                    else if (labels[next] == 0 && (nx == x || ny == y))
                    {
                        edges++;
                    }
                }
            }
        }
        if (area < smallest)
            return null;
        double mx = sx / area, my = sy / area;
        // A pixel is a square with a variance of its own: 1/12.
        double vx = Math.Max(sxx / area - mx * mx, 0) + 1 / 12.0, vy = Math.Max(syy / area - my * my, 0) + 1 / 12.0, vxy = sxy / area - mx * my;
        var spread = Math.Sqrt((vx - vy) * (vx - vy) + 4 * vxy * vxy);
        double major = (vx + vy + spread) / 2, minor = Math.Max((vx + vy - spread) / 2, 1e-6);
        var eccentricity = Math.Sqrt(Math.Max(1 - minor / major, 0));
        var ellipse = 4 * Math.PI * Math.Sqrt(major * minor);
        // Edges count city blocks; π/4 of them is the length of a smooth outline. A component that fills the tile has none.
        var outline = Math.Max(edges, 1) * Math.PI / 4;
        return new Component(
            mx, my, area, sumH, sumHSquared, sumE, eccentricity, 0.5 * Math.Atan2(2 * vxy, vx - vy),
            Math.Min(area / ellipse, 1.5), Math.Min(4 * Math.PI * area / (outline * outline), 2));
    }
}
