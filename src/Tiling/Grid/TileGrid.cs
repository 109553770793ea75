using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Grid;

/// <summary>The tiles of one slide.</summary>
/// <param name="SlideId">The slide's id, exact.</param>
/// <param name="Coords">[N] top-left corners in level-0 pixels, row by row from the top left; at least one.</param>
/// <param name="Geometry">How they were cut.</param>
/// <param name="TissueShare">Share of the scanned part of the slide that is tissue, 0 to 1; NaN when a file does not say.</param>
public sealed record TileGrid(string SlideId, TileCoord[] Coords, TileGeometry Geometry, double TissueShare)
{
    /// <summary>Cuts a grid over the scanned part of a slide and keeps the tiles with enough tissue.</summary>
    /// <exception cref="InputException"><c>no-tissue</c> (no tile is left; says which stage took how many), <c>mpp-too-fine</c> (finer
    /// than the slide), <c>grid-option</c> (out of range), and those of <see cref="Resolution.Require"/>.</exception>
    public static TileGrid Cut(ISlide slide, string slideId, TissueMask mask, GridOptions options) => throw new NotImplementedException();

    /// <summary>Writes a patch file in the TRIDENT layout; appears whole or not at all.</summary>
    public void Save(string path) => throw new NotImplementedException();

    /// <summary>Reads a patch file.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static TileGrid Load(string path) => throw new NotImplementedException();
}
