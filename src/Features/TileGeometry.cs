namespace Mhim.Features;

/// <summary>How the tiles of one slide were cut: enough to draw a score back on the slide.</summary>
/// <param name="TileSize">Side of a tile in pixels as the encoder's side sees it, at <paramref name="Mpp"/>.</param>
/// <param name="TileSizeLevel0">Side of a tile in level-0 pixels, <c>TileSize · Mpp / SlideMpp</c> rounded; differs from slide to slide.</param>
/// <param name="Overlap">Overlap of neighbouring tiles in pixels at <paramref name="Mpp"/>; 0 by default.</param>
/// <param name="Mpp">Wanted resolution of the tiles, µm per pixel.</param>
/// <param name="SlideMpp">Resolution of level 0, µm per pixel.</param>
/// <param name="SlideWidth">Width of level 0 in pixels.</param>
/// <param name="SlideHeight">Height of level 0 in pixels.</param>
public sealed record TileGeometry(
    int TileSize, int TileSizeLevel0, int Overlap, double Mpp, double SlideMpp, long SlideWidth, long SlideHeight)
{
    /// <summary>The magnification that goes by this name (40× ≈ 0.25 µm/px); a name only, never used to choose a level.</summary>
    public static double MagnificationOf(double mpp) => 10.0 / mpp;
}

/// <summary>Top-left corner of a tile in level-0 pixels.</summary>
/// <param name="X">Pixels from the left edge of level 0.</param>
/// <param name="Y">Pixels from the top edge of level 0.</param>
public readonly record struct TileCoord(long X, long Y);
