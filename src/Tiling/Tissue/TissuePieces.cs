namespace Mhim.Tiling.Tissue;

/// <summary>Drops pieces of tissue that are too small, and fills holes that are too small or too many.</summary>
internal static class TissuePieces
{
    /// <summary>Clears every piece of <paramref name="minArea"/> or less. Pieces that touch in a corner are one.</summary>
    /// <returns>Pieces in all, and how many were dropped.</returns>
    internal static (int Pieces, int Dropped) DropSmall(byte[] bits, int width, double minArea)
    {
        var pieces = ConnectedComponents.Find(bits, width, of: true, diagonal: true);
        for (int i = 0; i < bits.Length; i++)
            if (pieces.Labels[i] is >= 0 and var piece && pieces.Areas[piece] <= minArea)
                bits[i] = 0;
        return (pieces.Count, pieces.Areas.Count(area => area <= minArea));
    }

    /// <summary>Fills every hole of <paramref name="minArea"/> or less, and of the rest all but the largest of each piece.</summary>
    /// <returns>How many holes were filled.</returns>
    internal static int FillHoles(byte[] bits, int width, double minArea, int maxHoles)
    {
        var pieces = ConnectedComponents.Find(bits, width, of: true, diagonal: true);
        var gaps = ConnectedComponents.Find(bits, width, of: false, diagonal: false);
        // Above the first pixel of a hole lies the piece that encloses it.
        var open = Enumerable.Range(0, gaps.Count)
            .Where(gap => !gaps.TouchesBorder[gap] && gaps.Areas[gap] > minArea)
            .GroupBy(gap => pieces.Labels[gaps.Firsts[gap] - width])
            .SelectMany(holes => holes.OrderByDescending(hole => gaps.Areas[hole]).ThenBy(hole => hole).Take(maxHoles))
            .ToHashSet();
        var fill = Enumerable.Range(0, gaps.Count).Select(gap => !gaps.TouchesBorder[gap] && !open.Contains(gap)).ToArray();
        for (int i = 0; i < bits.Length; i++)
            if (gaps.Labels[i] is >= 0 and var gap && fill[gap])
                bits[i] = 1;
        return fill.Count(filled => filled);
    }
}
