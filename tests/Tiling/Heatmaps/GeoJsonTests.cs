using System.Text.Json;
using Mhim.Features;
using Mhim.Tiling.Heatmaps;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Tests.Heatmaps;

public sealed class GeoJsonTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-geojson-").FullName;
    static readonly TileGeometry Geometry = new(200, 200, 0, 0.5, 0.5, 1000, 800);

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void GeoJson_has_closed_squares_in_level_0_pixels_with_measurements()
    {
        var path = Path.Combine(folder, "tiles.geojson");
        TileGeoJson.Write(path, [new(10, 20), new(5_000_000_000, 7)], Geometry,
            new Dictionary<string, float[]> { ["attention"] = [0.25f, float.NaN], ["score tumour"] = [1f, 0.5f] });
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var features = json.RootElement.GetProperty("features");
        Assert.Equal("FeatureCollection", json.RootElement.GetProperty("type").GetString());
        Assert.Equal("[[[10,20],[210,20],[210,220],[10,220],[10,20]]]", features[0].GetProperty("geometry").GetProperty("coordinates").GetRawText());
        Assert.Equal(5_000_000_200, features[1].GetProperty("geometry").GetProperty("coordinates")[0][1][0].GetInt64());
        Assert.Equal("""{"objectType":"tile","measurements":{"attention":0.25,"score tumour":1},"isLocked":true}""",
            features[0].GetProperty("properties").GetRawText());
        Assert.False(features[1].GetProperty("properties").GetProperty("measurements").TryGetProperty("attention", out _));
    }

    [Fact]
    public void Tiles_may_have_a_class_with_its_colour()
    {
        var path = Path.Combine(folder, "classes.geojson");
        TileGeoJson.Write(path, [new(0, 0), new(200, 0)], Geometry, new Dictionary<string, float[]>(),
            i => i == 1 ? new TileClass("Tumor", 200, 0, 7) : null);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var features = json.RootElement.GetProperty("features");
        Assert.False(features[0].GetProperty("properties").TryGetProperty("classification", out _));
        Assert.Equal("""{"name":"Tumor","color":[200,0,7]}""", features[1].GetProperty("properties").GetProperty("classification").GetRawText());
    }

    [Fact]
    public void Tissue_is_an_annotation_whose_rings_are_closed_and_keep_their_holes()
    {
        var path = Path.Combine(folder, "tissue.geojson");
        TissueGeoJson.Write(path, [new TissueContour(
            [new(0, 0), new(100, 0), new(100, 80), new(0, 80)], [[new(10, 10), new(10, 20), new(20, 20), new(20, 10)]])]);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var piece = json.RootElement.GetProperty("features")[0];
        Assert.Equal("[[[0,0],[100,0],[100,80],[0,80],[0,0]],[[10,10],[10,20],[20,20],[20,10],[10,10]]]",
            piece.GetProperty("geometry").GetProperty("coordinates").GetRawText());
        Assert.Equal("annotation", piece.GetProperty("properties").GetProperty("objectType").GetString());
        Assert.True(piece.GetProperty("properties").GetProperty("isLocked").GetBoolean());
        Assert.Equal("Tissue", piece.GetProperty("properties").GetProperty("classification").GetProperty("name").GetString());
    }

    [Fact]
    public void On_a_slide_with_bounds_it_counts_from_their_corner_as_QuPath_does()
    {
        string First(Action<string> write)
        {
            var path = Path.Combine(folder, "bounds.geojson");
            write(path);
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            return json.RootElement.GetProperty("features")[0].GetProperty("geometry").GetProperty("coordinates").GetRawText();
        }
        var bounds = new SlideBounds(300, 500, 1000, 800);
        Assert.Equal("[[[10,-20],[210,-20],[210,180],[10,180],[10,-20]]]",
            First(path => TileGeoJson.Write(path, [new(310, 480)], Geometry, new Dictionary<string, float[]>(), bounds: bounds)));
        Assert.Equal("[[[0,0],[9,0],[9,9],[0,0]],[[2,1],[3,1],[3,2],[2,1]]]",
            First(path => TissueGeoJson.Write(path, [new TissueContour([new(300, 500), new(309, 500), new(309, 509)], [[new(302, 501), new(303, 501), new(303, 502)]])], bounds)));
    }

    [Fact]
    public void Many_tiles_are_all_there_and_nothing_is_left_beside_the_file()
    {
        var path = Path.Combine(folder, "many.geojson");
        var coords = Enumerable.Range(0, 20_000).Select(i => new TileCoord(i * 200L, 0)).ToArray();
        TileGeoJson.Write(path, coords, Geometry, new Dictionary<string, float[]> { ["score"] = new float[20_000] }); // several flushes
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(20_000, json.RootElement.GetProperty("features").GetArrayLength());
        Assert.Equal([path], Directory.GetFiles(folder));
    }
}
