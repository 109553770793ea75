using System.Text.Json;
using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Heatmaps;

/// <summary>Tiles with their scores as GeoJSON that QuPath imports (INTEROP.md): one Feature a tile, polygons in level-0 pixels as QuPath counts them.</summary>
public static class TileGeoJson
{
    /// <summary>Writes the file; it appears whole or not at all.</summary>
    /// <param name="path">The <c>.geojson</c> file.</param>
    /// <param name="coords">[N] level-0 corners.</param>
    /// <param name="geometry">How the tiles were cut.</param>
    /// <param name="measurements">Name to [N] scores; a score that is not finite is left out.</param>
    /// <param name="classOf">The class of the tile with this number, or null for none; without it no tile has one.</param>
    /// <param name="bounds">The slide's <see cref="SlideInfo.Bounds"/>: QuPath shows this part alone and counts from its corner; null: from level 0's.</param>
    /// <exception cref="ArgumentException">A measurement has not one score per tile.</exception>
    public static void Write(string path, IReadOnlyList<TileCoord> coords, TileGeometry geometry, IReadOnlyDictionary<string, float[]> measurements,
        Func<int, TileClass?>? classOf = null, SlideBounds? bounds = null)
    {
        foreach (var (name, scores) in measurements)
            if (scores.Length != coords.Count)
                throw new ArgumentException($"`{name}` has {scores.Length} scores for {coords.Count} tiles.", nameof(measurements));
        GeoJsonFile.Write(path, coords.Count, (json, i) =>
        {
            GeoJsonFile.Begin(json, "tile", [GeoJsonFile.From(bounds, Square(coords[i], geometry.TileSizeLevel0))]);
            WriteMeasurements(json, measurements, i);
            GeoJsonFile.End(json, classOf?.Invoke(i));
        });
    }

    static IEnumerable<(long, long)> Square(TileCoord tile, int size) =>
        [(tile.X, tile.Y), (tile.X + size, tile.Y), (tile.X + size, tile.Y + size), (tile.X, tile.Y + size), (tile.X, tile.Y)];

    static void WriteMeasurements(Utf8JsonWriter json, IReadOnlyDictionary<string, float[]> measurements, int index)
    {
        json.WriteStartObject("measurements");
        foreach (var (name, scores) in measurements)
            if (float.IsFinite(scores[index]))
                json.WriteNumber(name, scores[index]);
        json.WriteEndObject();
    }
}
