using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using Mhim.Tiling.Tests.Slides.Fast;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Tests.Viewer;

/// <summary>A stored JPEG tile goes to the browser as it lies in the file.</summary>
public sealed class StoredTileTests
{
    [Theory]
    [InlineData(256, 80)] // 4:2:0
    [InlineData(512, 95)] // 4:4:4
    public void A_tile_of_the_file_is_passed_through_and_shows_the_slides_pixels_to_the_bit(int side, int quality)
    {
        using var drawn = DrawnTiff.Write(2300, 1500, quality: quality, tile: side);
        using var slide = SlideFile.Open(drawn.Path);
        Assert.True(Passed(drawn.Path, slide, side) >= (side == 256 ? 8 * 5 + 4 * 2 + 2 : 4 * 2 + 2));
    }

    [SlideFact]
    public void Tiles_that_Aperio_codes_as_RGB_are_passed_through_with_a_marker_that_says_so()
    {
        var path = TestSlides.Of("CMU-1-Small-Region.svs");
        using var file = File.OpenHandle(path);
        Assert.Equal(TiffDirectory.Rgb, TiffFile.ReadDirectories(file)[0].Photometric);
        using var slide = SlideFile.Open(path);
        Assert.Equal(9 * 12, Passed(path, slide, 240)); // of 10×13: not those that reach over the edge
    }

    // Compares every tile of every level; how many were passed through.
    static int Passed(string path, ISlide slide, int side)
    {
        var zoom = DeepZoom.For(slide);
        Assert.Contains($"Overlap=\"0\" TileSize=\"{side}\"", zoom.Dzi);
        var file = File.ReadAllBytes(path);
        byte[] shown = new byte[side * side * 3], stored = new byte[side * side * 3];
        int passed = 0;
        for (int level = 0; level < zoom.LevelCount; level++)
        {
            var size = zoom.SizeOf(level);
            for (int row = 0; row * side < size.Height; row++)
                for (int column = 0; column * side < size.Width; column++)
                {
                    var tile = zoom.Tile(level, column, row)!;
                    if (zoom.Stored(level, column, row) is not { } jpeg)
                        continue;
                    passed++;
                    Assert.Equal(jpeg, tile);
                    // What follows the first segment of the tile itself stands in the file, byte for byte.
                    int scan = tile.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA, 0, 12]);
                    Assert.True(file.AsSpan().IndexOf(tile.AsSpan(scan)) > 0, "the tile's compressed pixels are not those of the file");
                    int factor = 1 << zoom.LevelCount - 1 - level;
                    slide.ReadRegion(LevelScale.BestLevel(slide.Info, factor), (long)column * side * factor, (long)row * side * factor, side, side, stored);
                    Assert.True(SkiaJpeg.Decode(tile, side, side, shown));
                    Assert.Equal(stored, shown);
                }
        }
        return passed;
    }

    [Fact]
    public void At_the_edge_of_the_slide_and_between_its_levels_tiles_are_made()
    {
        using var drawn = DrawnTiff.Write(700, 500, pyramid: false);
        using var slide = SlideFile.Open(drawn.Path);
        var zoom = DeepZoom.For(slide);
        int top = zoom.LevelCount - 1;
        Assert.NotNull(zoom.Stored(top, 1, 0));
        Assert.Null(zoom.Stored(top, 2, 0));
        Assert.Null(zoom.Stored(top, 0, 1));
        Assert.Null(zoom.Stored(top - 1, 0, 0));
        Assert.Equal((188, 244), (zoom.Pixels(top, 2, 1)!.Width, zoom.Pixels(top, 2, 1)!.Height));
        Assert.Null(zoom.Tile(top, 3, 0));
        foreach (var (level, column, row) in new[] { (-1, 0, 0), (top, -1, 0), (top, 0, -1), (top + 1, 0, 0), (99, 0, 0), (top, int.MaxValue, int.MaxValue) })
            Assert.Null(zoom.Tile(level, column, row));
    }

    [Fact]
    public void Slides_without_JPEG_tiles_or_with_bounds_keep_tiles_that_overlap()
    {
        using var drawn = DrawnTiff.Write(700, 500, NetVips.Enums.ForeignTiffCompression.Deflate);
        using var slide = SlideFile.Open(drawn.Path);
        Assert.Contains("Overlap=\"1\" TileSize=\"254\"", DeepZoom.For(slide).Dzi);
        using var bounded = new DrawnSlide(1000, 800, new SlideBounds(10, 20, 300, 200));
        Assert.Contains("Overlap=\"1\" TileSize=\"254\"", DeepZoom.For(bounded).Dzi);
    }

    [Fact]
    public void A_damaged_tile_is_refused_not_passed_through()
    {
        using var drawn = DrawnTiff.Write(700, 500, pyramid: false);
        long at;
        using (var file = File.OpenHandle(drawn.Path))
            at = TiffFile.ReadDirectories(file)[0].TileOffsets[1];
        using (var file = File.OpenHandle(drawn.Path, FileMode.Open, FileAccess.Write))
            RandomAccess.Write(file, new byte[100], at);
        using var slide = SlideFile.Open(drawn.Path);
        var zoom = DeepZoom.For(slide);
        Assert.Equal("slide-unreadable", Assert.Throws<Features.InputException>(() => zoom.Tile(zoom.LevelCount - 1, 1, 0)).Code);
        Assert.NotNull(zoom.Tile(zoom.LevelCount - 1, 0, 0));
    }
}
