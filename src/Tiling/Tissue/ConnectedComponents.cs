namespace Mhim.Tiling.Tissue;

/// <summary>The connected parts of a binary image, numbered in the order of their first pixel (row by row).</summary>
internal sealed class ConnectedComponents
{
    ConnectedComponents(int[] labels, List<int> areas, List<int> firsts, List<bool> touchesBorder)
    {
        Labels = labels;
        Areas = areas;
        Firsts = firsts;
        TouchesBorder = touchesBorder;
    }

    /// <summary>[height · width]: number of the part, −1 where the image has another value.</summary>
    internal int[] Labels { get; }

    /// <summary>Pixels of each part.</summary>
    internal List<int> Areas { get; }

    /// <summary>Index of each part's first pixel: in its topmost row the leftmost.</summary>
    internal List<int> Firsts { get; }

    /// <summary>Whether a part has a pixel in the image's outermost rows or columns.</summary>
    internal List<bool> TouchesBorder { get; }

    internal int Count => Areas.Count;

    /// <summary>Finds the parts made of pixels that are set (<paramref name="of"/> true) or not set (false).</summary>
    /// <param name="bits">[height · width], 0 or other.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="of">Which pixels to join.</param>
    /// <param name="diagonal">Whether pixels that share only a corner are neighbours.</param>
    internal static ConnectedComponents Find(byte[] bits, int width, bool of, bool diagonal)
    {
        int height = bits.Length / width;
        var labels = new int[bits.Length];
        Array.Fill(labels, -1);
        var (areas, firsts, touches) = (new List<int>(), new List<int>(), new List<bool>());
        var stack = new Stack<int>();
        for (int first = 0; first < bits.Length; first++)
        {
            if (bits[first] != 0 != of || labels[first] >= 0)
                continue;
            int label = areas.Count, area = 0;
            bool border = false;
            labels[first] = label;
            stack.Push(first);
            while (stack.TryPop(out int pixel))
            {
                area++;
                int x = pixel % width, y = pixel / width;
                border |= x == 0 || y == 0 || x == width - 1 || y == height - 1;
                for (int dy = -1; dy <= 1; dy++)
                    for (int dx = -1; dx <= 1; dx++)
                    {
                        if ((dx == 0) == (dy == 0) && !(diagonal && dx != 0))
                            continue;
                        int nx = x + dx, ny = y + dy;
                        if ((uint)nx >= (uint)width || (uint)ny >= (uint)height)
                            continue;
                        int next = ny * width + nx;
                        if (bits[next] != 0 != of || labels[next] >= 0)
                            continue;
                        labels[next] = label;
                        stack.Push(next);
                    }
            }
            areas.Add(area);
            firsts.Add(first);
            touches.Add(border);
        }
        return new ConnectedComponents(labels, areas, firsts, touches);
    }
}
