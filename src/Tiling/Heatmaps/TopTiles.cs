using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Heatmaps;

/// <summary>A tile with one of the highest scores.</summary>
/// <param name="Rank">From 1.</param>
/// <param name="Index">Its place in the bag.</param>
/// <param name="Coord">Top left corner in level-0 pixels.</param>
/// <param name="Score">Its score.</param>
/// <param name="Png">The tile as PNG.</param>
public sealed record TopTile(int Rank, int Index, TileCoord Coord, float Score, byte[] Png);

/// <summary>Cuts the tiles with the highest scores out of a slide, hatched where a finer level than that of their features is damaged.</summary>
public static class TopTiles
{
    /// <summary>Cuts them, highest first; of equal scores the earlier tile first.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="coords">[N] level-0 corners.</param>
    /// <param name="geometry">How the tiles were cut.</param>
    /// <param name="scores">[N]; NaN comes last.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="size">Side of the pictures in pixels.</param>
    public static IReadOnlyList<TopTile> Cut(
        ISlide slide, IReadOnlyList<TileCoord> coords, TileGeometry geometry, ReadOnlySpan<float> scores, int count, int size = 256)
    {
        if (scores.Length != coords.Count)
            throw new ArgumentException($"{scores.Length} scores for {coords.Count} tiles.", nameof(scores));
        var held = scores.ToArray();
        return [.. Enumerable.Range(0, held.Length)
            .OrderByDescending(i => float.IsNaN(held[i]) ? float.NegativeInfinity : held[i]).ThenBy(i => i)
            .Take(count)
            .Select((index, place) => new TopTile(place + 1, index, coords[index], held[index],
                DamagedRegion.Read(slide, coords[index].X, coords[index].Y, geometry.TileSizeLevel0 / (double)size, size, size).ToPng()))];
    }
}
