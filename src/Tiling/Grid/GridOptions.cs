namespace Mhim.Tiling.Grid;

/// <summary>How tiles are cut.</summary>
/// <param name="TileSize">Side of a tile in pixels at <paramref name="Mpp"/>, 1 to 8192.</param>
/// <param name="Mpp">Wanted resolution, µm per pixel; any value down to the slide's own (0.8 of it is still accepted).</param>
/// <param name="Overlap">Overlap of neighbours in pixels at <paramref name="Mpp"/>, 0 to <paramref name="TileSize"/> − 1.</param>
/// <param name="MinTissue">A tile is kept when at least this share of it is tissue, 0 (every tile) to 1.</param>
/// <param name="MaxMarks">A tile is skipped when more than this share of it is pen mark or dark edge, 0 to 1.</param>
public sealed record GridOptions(int TileSize = 256, double Mpp = 0.5, int Overlap = 0, double MinTissue = 0.25, double MaxMarks = 0.1);
