using System.Globalization;
using System.Text.Json;
using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Heatmaps;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using Mhim.Tiling.Tissue;
using Mhim.Tiling.Viewer;
using SkiaSharp;
using Xunit;

namespace Mhim.Tiling.Tests.Fiducials;

/// <summary>
/// Marks at known µm are found at these µm by every way to look at a slide. Each picture is compared, pixel by pixel, with the mean of level 0 over the area
/// that the pixel shall show: beside its place by half a pixel, an edge of a mark would be a hundred grey levels off.
/// </summary>
public sealed class FiducialTests
{
    public static TheoryData<Storage, double> All
    {
        get
        {
            var all = new TheoryData<Storage, double>();
            foreach (var storage in Enum.GetValues<Storage>())
                foreach (double mpp in new[] { 0.25, 0.265, 0.499 })
                    all.Add(storage, mpp);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Fiducials_are_where_their_micrometres_say(Storage storage, double mpp)
    {
        using var file = new FiducialSlide(storage, mpp);
        var info = file.Slide.Info;
        Assert.Equal(mpp, info.Resolution.Require(), 1e-5);
        Assert.Equal(file.Bounds, info.Bounds);
        Assert.Equal(storage == Storage.Jpeg, file.Slide is FastTiffSlide);
        Assert.Equal([1.0, 2, 4, 8, 16], info.Levels.Take(5).Select(level => level.Downsample));

        var grid = TileGrid.Cut(file.Slide, "fiducials", TissueFinder.Find(file.Slide, new TissueOptions()), new GridOptions(128, 0.5, Overlap: 72, MinTissue: 0));
        Assert.Equal(file.Picture.Marks.Select(mark => mark.Number), Held(file.Picture, grid).Select(held => held.Mark.Number).Distinct());
        Tiles(file, grid);
        DeepZoomLevels(file);
        Heatmaps(file, grid);
        GeoJson(file, grid);
    }

    // Reads every tile with a whole mark in it and measures the mark.
    static void Tiles(FiducialSlide file, TileGrid grid)
    {
        double mpp = file.Picture.Mpp, downsample = 0.5 / mpp;
        foreach (var (mark, tile) in Held(file.Picture, grid))
        {
            var pixels = SlideRegion.Read(file.Slide, tile.X, tile.Y, downsample, 128, 128);
            Same(file, pixels, 0, 0, tile.X, tile.Y, downsample, $"tile of {mark.Number}");
            // The mark's edges in µm, to a pixel of the tile: what a user measures.
            var dark = Enumerable.Range(0, 128 * 128).Where(i => pixels.Rgb[3 * i] + pixels.Rgb[3 * i + 1] < 180).ToList();
            double[] edges = [tile.X * mpp + dark.Min(i => i % 128) * 0.5, tile.Y * mpp + dark.Min(i => i / 128) * 0.5,
                tile.X * mpp + (dark.Max(i => i % 128) + 1) * 0.5, tile.Y * mpp + (dark.Max(i => i / 128) + 1) * 0.5];
            double[] known = [mark.X, mark.Y, mark.X + Fiducial.Side, mark.Y + Fiducial.Side];
            for (int i = 0; i < 4; i++)
                Assert.True(Math.Abs(edges[i] - known[i]) <= 0.5, $"mark {mark.Number}: edge {i} at {edges[i]} µm, drawn at {known[i]}");
        }
    }

    static void DeepZoomLevels(FiducialSlide file)
    {
        var zoom = new DeepZoom(file.Slide);
        var scanned = file.Slide.Info.Scanned;
        for (int level = 0; level < zoom.LevelCount; level++)
        {
            int factor = 1 << zoom.LevelCount - 1 - level;
            var size = zoom.SizeOf(level);
            for (int row = 0; row * 254 < size.Height; row++)
                for (int column = 0; column * 254 < size.Width; column++)
                {
                    int left = Math.Max(0, column * 254 - 1), top = Math.Max(0, row * 254 - 1);
                    var tile = zoom.Pixels(level, column, row)!;
                    Same(file, tile, left, top, scanned.X, scanned.Y, factor, $"Deep Zoom level {level}, tile {column}, {row}");
                }
        }
    }

    static void Heatmaps(FiducialSlide file, TileGrid grid)
    {
        var (_, tile) = Held(file.Picture, grid).Last();
        var scanned = file.Slide.Info.Scanned;
        foreach (int side in new[] { 1536, 1000, 333, 144 })
        {
            var thumbnail = Thumbnail.Read(file.Slide, side);
            double downsample = thumbnail.Downsample;
            Same(file, thumbnail.Image, 0, 0, scanned.X, scanned.Y, downsample, $"thumbnail of {side}");

            using var heatmap = SKBitmap.Decode(Heatmap.Render(file.Slide, [tile], grid.Geometry, [1f], new HeatmapOptions(side, 1, 0, 1, Legend: false)));
            Assert.Equal((thumbnail.Image.Width, thumbnail.Image.Height), (heatmap.Width, heatmap.Height));
            var shown = heatmap.Pixels;
            var coloured = Enumerable.Range(0, shown.Length).Where(i => shown[i].Red != shown[i].Green || shown[i].Green != shown[i].Blue)
                .Select(i => (x: i % heatmap.Width, y: i / heatmap.Width)).ToList();
            // To half a pixel of the picture, and full: a square.
            double left = scanned.X + coloured.Min(p => p.x) * downsample, right = scanned.X + (coloured.Max(p => p.x) + 1) * downsample;
            double top = scanned.Y + coloured.Min(p => p.y) * downsample, bottom = scanned.Y + (coloured.Max(p => p.y) + 1) * downsample;
            int length = grid.Geometry.TileSizeLevel0;
            foreach (var (painted, known) in new[] { (left, tile.X), (right, tile.X + length), (top, tile.Y), (bottom, tile.Y + length) })
                Assert.True(Math.Abs(painted - known) <= downsample / 2 + 1e-9, $"heatmap of {side}: an edge at {painted}, the tile's at {known}");
            Assert.Equal(coloured.Count, (int)Math.Round((right - left) * (bottom - top) / downsample / downsample));
        }
    }

    static void GeoJson(FiducialSlide file, TileGrid grid)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}.geojson");
        try
        {
            TileGeoJson.Write(path, grid.Coords, grid.Geometry, new Dictionary<string, float[]>(), bounds: file.Slide.Info.Bounds);
            // QuPath's corner, from what OpenSlide tells QuPath.
            double Corner(string axis) => double.Parse(file.Slide.Info.Properties.GetValueOrDefault($"openslide.bounds-{axis}", "0"), CultureInfo.InvariantCulture) * file.Picture.Mpp;
            double left = Corner("x"), top = Corner("y");
            Assert.Equal(file.Bounds is not null, left > 0 && top > 0);
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var features = json.RootElement.GetProperty("features");
            Assert.Equal(grid.Coords.Length, features.GetArrayLength());
            foreach (var (mark, tile) in Held(file.Picture, grid))
            {
                var ring = features[Array.IndexOf(grid.Coords, tile)].GetProperty("geometry").GetProperty("coordinates")[0];
                double[] xs = [.. ring.EnumerateArray().Select(p => p[0].GetDouble() * file.Picture.Mpp)], ys = [.. ring.EnumerateArray().Select(p => p[1].GetDouble() * file.Picture.Mpp)];
                Assert.InRange(mark.X - left, xs.Min(), xs.Max() - Fiducial.Side);
                Assert.InRange(mark.Y - top, ys.Min(), ys.Max() - Fiducial.Side);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    // The marks that lie wholly in a tile, with it, by their µm.
    static IEnumerable<(Fiducial Mark, TileCoord Tile)> Held(FiducialPicture picture, TileGrid grid)
    {
        double side = grid.Geometry.TileSizeLevel0 * picture.Mpp - 0.5;
        foreach (var mark in picture.Marks)
            foreach (var tile in grid.Coords)
                if (mark.X >= tile.X * picture.Mpp + 0.5 && mark.Y >= tile.Y * picture.Mpp + 0.5
                    && mark.X + Fiducial.Side <= tile.X * picture.Mpp + side && mark.Y + Fiducial.Side <= tile.Y * picture.Mpp + side)
                    yield return (mark, tile);
    }

    // The pixels against the mean of the pyramid's finest level that is not finer than needed: beside its place, an edge would be a hundred grey levels off.
    static void Same(FiducialSlide file, RgbImage image, int left, int top, long x0, long y0, double downsample, string where)
    {
        double allowed = file.Slide is FastTiffSlide ? 14 : 2.6; // JPEG at sharp coloured edges; a pyramid rounds once a level
        int level = Math.Min(16, 1 << (int)Math.Log2(downsample));
        double scale = downsample / level;
        for (int i = 0; i < image.Rgb.Length; i++)
        {
            int x = left + i / 3 % image.Width, y = top + i / 3 / image.Width;
            double shown = image.Rgb[i], shall = file.Picture.Mean(x0 / (double)level + x * scale, y0 / (double)level + y * scale, scale, i % 3, level);
            if (Math.Abs(shown - shall) > allowed)
                Assert.Fail($"{where}: pixel ({x}, {y}), channel {i % 3} is {shown}, level 0 has {shall:0.0} there");
        }
    }
}
