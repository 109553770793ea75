using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Heatmaps;

/// <summary>Outlines of tissue as GeoJSON that QuPath imports (INTEROP.md): one locked annotation a piece, with its holes, in level-0 pixels as QuPath counts them.</summary>
public static class TissueGeoJson
{
    static readonly TileClass Tissue = new("Tissue", 34, 139, 102);

    /// <summary>Writes the file; it appears whole or not at all.</summary>
    /// <param name="path">The <c>.geojson</c> file.</param>
    /// <param name="contours">The pieces; rings are closed here.</param>
    /// <param name="bounds">The slide's <see cref="SlideInfo.Bounds"/>: QuPath shows this part alone and counts from its corner; null: from level 0's.</param>
    public static void Write(string path, IReadOnlyList<TissueContour> contours, SlideBounds? bounds = null) =>
        GeoJsonFile.Write(path, contours.Count, (json, i) =>
        {
            GeoJsonFile.Begin(json, "annotation", [.. contours[i].Holes.Prepend(contours[i].Outline).Select(ring => GeoJsonFile.From(bounds, Closed(ring)))]);
            GeoJsonFile.End(json, Tissue);
        });

    static IEnumerable<(long, long)> Closed(IReadOnlyList<SlidePoint> ring) => ring.Append(ring[0]).Select(point => (point.X, point.Y));
}
