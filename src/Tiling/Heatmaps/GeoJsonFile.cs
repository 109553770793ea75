using System.Text.Json;
using Mhim.Features.Files;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Heatmaps;

/// <summary>A FeatureCollection of polygons in level-0 pixels, written feature by feature: memory does not grow with the slide.</summary>
internal static class GeoJsonFile
{
    const int FlushAt = 1 << 20;

    /// <summary>Writes the file; it appears whole or not at all.</summary>
    /// <param name="path">The <c>.geojson</c> file.</param>
    /// <param name="count">How many features.</param>
    /// <param name="feature">Writes the one with this number.</param>
    public static void Write(string path, int count, Action<Utf8JsonWriter, int> feature) => AtomicFile.Write(path, temporary =>
    {
        using var stream = File.Create(temporary);
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("type", "FeatureCollection");
        json.WriteStartArray("features");
        for (int i = 0; i < count; i++)
        {
            feature(json, i);
            if (json.BytesPending > FlushAt)
                json.Flush();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>A ring as QuPath counts: its OpenSlide reader crops a slide to its bounds (MIRAX, SCN, BIF), so their corner is its (0, 0).</summary>
    public static IEnumerable<(long X, long Y)> From(SlideBounds? bounds, IEnumerable<(long X, long Y)> ring) =>
        bounds is null ? ring : ring.Select(point => (point.X - bounds.X, point.Y - bounds.Y));

    /// <summary>Everything of a feature up to its properties' own members: the caller writes those and calls <see cref="End"/>.</summary>
    public static void Begin(Utf8JsonWriter json, string objectType, IReadOnlyList<IEnumerable<(long X, long Y)>> closedRings)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteStartObject("geometry");
        json.WriteString("type", "Polygon");
        json.WriteStartArray("coordinates");
        foreach (var ring in closedRings)
        {
            json.WriteStartArray();
            foreach (var (x, y) in ring)
            {
                json.WriteStartArray();
                json.WriteNumberValue(x);
                json.WriteNumberValue(y);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("objectType", objectType);
    }

    public static void End(Utf8JsonWriter json, TileClass? classification)
    {
        if (classification is { } known)
        {
            json.WriteStartObject("classification");
            json.WriteString("name", known.Name);
            json.WriteStartArray("color");
            json.WriteNumberValue(known.Red);
            json.WriteNumberValue(known.Green);
            json.WriteNumberValue(known.Blue);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteBoolean("isLocked", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
