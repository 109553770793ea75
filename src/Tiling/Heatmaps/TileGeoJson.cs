using System.Text.Json;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Tiling.Heatmaps;

/// <summary>Tiles with their scores as GeoJSON that QuPath imports (INTEROP.md): one Feature a tile, polygons in level-0 pixels.</summary>
public static class TileGeoJson
{
    /// <summary>Writes the file; it appears whole or not at all.</summary>
    /// <param name="path">The <c>.geojson</c> file.</param>
    /// <param name="coords">[N] level-0 corners.</param>
    /// <param name="geometry">How the tiles were cut.</param>
    /// <param name="measurements">Name to [N] scores; a score that is not finite is left out.</param>
    /// <exception cref="ArgumentException">A measurement has not one score per tile.</exception>
    public static void Write(string path, IReadOnlyList<TileCoord> coords, TileGeometry geometry, IReadOnlyDictionary<string, float[]> measurements)
    {
        foreach (var (name, scores) in measurements)
            if (scores.Length != coords.Count)
                throw new ArgumentException($"`{name}` has {scores.Length} scores for {coords.Count} tiles.", nameof(measurements));
        AtomicFile.Write(path, temporary =>
        {
            using var stream = File.Create(temporary);
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartObject();
            json.WriteString("type", "FeatureCollection");
            json.WriteStartArray("features");
            for (int i = 0; i < coords.Count; i++)
            {
                WriteTile(json, coords[i], geometry.TileSizeLevel0, measurements, i);
                if (json.BytesPending > 1 << 20)
                    json.Flush();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    static void WriteTile(Utf8JsonWriter json, TileCoord tile, int size, IReadOnlyDictionary<string, float[]> measurements, int index)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteStartObject("geometry");
        json.WriteString("type", "Polygon");
        json.WriteStartArray("coordinates");
        json.WriteStartArray();
        ReadOnlySpan<(int X, int Y)> corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)];
        foreach (var (x, y) in corners)
        {
            json.WriteStartArray();
            json.WriteNumberValue(tile.X + x * size);
            json.WriteNumberValue(tile.Y + y * size);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("objectType", "tile");
        json.WriteStartObject("measurements");
        foreach (var (name, scores) in measurements)
            if (float.IsFinite(scores[index]))
                json.WriteNumber(name, scores[index]);
        json.WriteEndObject();
        json.WriteBoolean("isLocked", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
