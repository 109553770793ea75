using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;
using Xunit;

namespace Mhim.Tiling.Tests.Grid;

public class TileGridTests
{
    static TissueMask All(ISlide slide) => new(1, 1, slide.Info.Width, slide.Info.Height, [1]);

    static string Text(IEnumerable<TileCoord> coords) => string.Join(" ", coords.Select(c => $"{c.X},{c.Y}"));

    [Fact]
    public void Tiles_come_row_by_row_and_lie_wholly_on_the_slide()
    {
        using var slide = new BlankSlide(35, 29, 0.5);
        var grid = TileGrid.Cut(slide, "a", All(slide), new GridOptions(TileSize: 10));
        Assert.Equal("0,0 10,0 20,0 0,10 10,10 20,10", Text(grid.Coords));
        Assert.Equal(new TileGeometry(10, 10, 0, 0.5, 0.5, 35, 29), grid.Geometry);
        Assert.Equal(1, grid.TissueShare);
    }

    [Fact]
    public void A_fractional_scale_does_not_drift()
    {
        using var slide = new BlankSlide(10_000, 300, 0.265);
        var grid = TileGrid.Cut(slide, "a", All(slide), new GridOptions(TileSize: 128));
        double step = 128 * 0.5 / 0.265; // 241.51
        Assert.Equal(242, grid.Geometry.TileSizeLevel0);
        Assert.Equal(41, grid.Coords.Length);
        for (int i = 0; i < grid.Coords.Length; i++)
            Assert.Equal((long)Math.Round(i * step), grid.Coords[i].X);
    }

    [Fact]
    public void An_overlap_is_meant_at_the_wanted_resolution()
    {
        using var slide = new BlankSlide(50, 20, 0.25);
        var grid = TileGrid.Cut(slide, "a", All(slide), new GridOptions(TileSize: 10, Overlap: 4));
        Assert.Equal("0,0 12,0 24,0", Text(grid.Coords));
    }

    [Fact]
    public void Only_the_scanned_part_is_cut()
    {
        using var slide = new BlankSlide(100, 100, 0.5, new SlideBounds(15, 40, 25, 10));
        var grid = TileGrid.Cut(slide, "a", All(slide), new GridOptions(TileSize: 10));
        Assert.Equal("15,40 25,40", Text(grid.Coords));
    }

    [Fact]
    public void Tiles_with_less_tissue_than_asked_for_are_left_out()
    {
        using var slide = new BlankSlide(40, 20, 0.5);
        var mask = new TissueMask(8, 4, 5, 5,
        [
            1, 1, 0, 0, 1, 0, 0, 0,
            1, 1, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 1, 1,
            0, 0, 0, 1, 0, 0, 1, 0,
        ]);
        Assert.Equal("0,0 20,0 10,10 30,10", Text(TileGrid.Cut(slide, "a", mask, new GridOptions(10, MinTissue: 0.25)).Coords));
        Assert.Equal("0,0 30,10", Text(TileGrid.Cut(slide, "a", mask, new GridOptions(10, MinTissue: 0.75)).Coords));
        Assert.Equal(8, TileGrid.Cut(slide, "a", mask, new GridOptions(10, MinTissue: 0)).Coords.Length);
    }

    [Fact]
    public void Tiles_of_nothing_but_tissue_are_whole_however_the_mask_lies()
    {
        using var slide = new BlankSlide(2901, 2351, 0.265);
        var bits = new byte[362 * 293];
        Array.Fill(bits, (byte)1);
        var mask = new TissueMask(362, 293, 2901 / 362.0, 2351 / 293.0, bits);
        var every = TileGrid.Cut(slide, "a", mask, new GridOptions(50, MinTissue: 0));
        Assert.Equal(every.Coords, TileGrid.Cut(slide, "a", mask, new GridOptions(50, MinTissue: 1)).Coords);
    }

    [Fact]
    public void A_resolution_finer_than_the_slide_is_refused()
    {
        using var slide = new BlankSlide(400, 400, 0.5);
        var refused = Assert.Throws<InputException>(() => TileGrid.Cut(slide, "a", All(slide), new GridOptions(10, Mpp: 0.39)));
        Assert.Equal("mpp-too-fine", refused.Code);
        Assert.Equal(8, TileGrid.Cut(slide, "a", All(slide), new GridOptions(10, Mpp: 0.4)).Geometry.TileSizeLevel0);
    }

    [Fact]
    public void The_ledger_names_the_reason_of_every_place()
    {
        using var slide = new BlankSlide(45, 25, 0.5);
        var (tissue, pen, dark) = ((byte)0, (byte)Artefact.BluePen, (byte)Artefact.DarkEdge);
        byte[] bits =
        [
            1, 1, 1, 1, 0, 0, 0, 0, 0,
            1, 1, 1, 0, 0, 0, 0, 0, 0,
            1, 1, 1, 1, 0, 0, 1, 1, 0,
            1, 1, 0, 0, 1, 0, 1, 1, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        byte[] artefacts =
        [
            0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, pen, 0, 0, 0, 0, 0,
            0, 0, 0, 0, dark, dark, 0, 0, 0,
            0, 0, 0, 0, tissue, dark, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        var unreadable = new byte[45];
        (unreadable[24], unreadable[25], unreadable[33], unreadable[34]) = (1, 1, 1, 1);
        var mask = new TissueMask(9, 5, 5, 5, bits, null, artefacts, SlideLight.Brightfield, unreadable);
        var grid = TileGrid.Cut(slide, "a", mask, new GridOptions(10));
        Assert.Equal(
            [
                TileFate.Read, TileFate.Pen, TileFate.NoTissue, TileFate.NoTissue,
                TileFate.Read, TileFate.Read, TileFate.DarkEdge, TileFate.Unreadable,
            ], grid.Ledger!.Fates);
        Assert.Equal("0,0 0,10 10,10", Text(grid.Coords));
        Assert.Equal(15 - 8, grid.Ledger.Outside); // a last column and row do not fit
        Assert.Equal(TileFate.Read, TileGrid.Cut(slide, "a", mask, new GridOptions(10, MaxMarks: 0.25)).Ledger!.Fates[1]);
    }

    [Fact]
    public void A_slide_without_tissue_says_which_stage_took_what()
    {
        using var slide = new BlankSlide(40, 20, 0.5);
        var stages = new TissueStages(200, 8, 20, 30, 3, 3, 0, 0, 0);
        var mask = new TissueMask(20, 10, 2, 2, new byte[200], stages);
        var refused = Assert.Throws<InputException>(() => TileGrid.Cut(slide, "a", mask, new GridOptions(10)));
        Assert.Equal("no-tissue", refused.Code);
        Assert.Equal("No tile of 'blank.svs' has enough tissue (saturation above 8: 10% of the slide, after closing 15% in 3 pieces, 3 of them dropped "
            + "as too small, tissue left 0%; of 8 tiles none with a tissue share of 0.25 or more (best 0)); try --tissue biopsy, which keeps small pieces.",
            refused.Message);
    }

    [Theory]
    [InlineData(SlideLight.Brightfield, "try --saturation 4, or --otsu.")]
    [InlineData(SlideLight.Dark, "nothing on it differs from its background: a blank slide.")] // its threshold is Otsu's already
    public void A_blank_slide_is_told_only_what_it_can_try(SlideLight light, string advice)
    {
        using var slide = new BlankSlide(40, 20, 0.5);
        var mask = new TissueMask(20, 10, 2, 2, new byte[200], new TissueStages(200, 8, 0, 0, 0, 0, 0, 0, 0), light: light);
        Assert.EndsWith(advice, Assert.Throws<InputException>(() => TileGrid.Cut(slide, "a", mask, new GridOptions(10))).Message);
    }

    [Fact]
    public void A_tile_larger_than_the_slide_is_explained()
    {
        using var slide = new BlankSlide(40, 20, 0.5);
        var refused = Assert.Throws<InputException>(() => TileGrid.Cut(slide, "a", All(slide), new GridOptions()));
        Assert.Equal("no-tissue", refused.Code);
        Assert.Contains("larger than the scanned part", refused.Message);
    }

    [Fact]
    public void An_overlap_that_makes_more_places_than_can_be_kept_is_refused()
    {
        using var slide = new BlankSlide(100_000, 100_000, 0.25);
        var refused = Assert.Throws<InputException>(() => TileGrid.Cut(slide, "a", All(slide), new GridOptions(Overlap: 255)));
        Assert.Equal("grid-option", refused.Code);
        Assert.Contains("overlap of 255", refused.Message);
    }

    [Theory]
    [InlineData(0, 0.5, 0, 0.25)]
    [InlineData(256, 0, 0, 0.25)]
    [InlineData(256, double.NaN, 0, 0.25)]
    [InlineData(256, 0.5, 256, 0.25)]
    [InlineData(256, 0.5, 0, 1.5)]
    [InlineData(8192, 900, 0, 0.25)]
    public void An_option_out_of_range_is_refused(int size, double mpp, int overlap, double tissue)
    {
        using var slide = new BlankSlide(400, 200, 0.5);
        Assert.Equal("grid-option",
            Assert.Throws<InputException>(() => TileGrid.Cut(slide, "a", All(slide), new GridOptions(size, mpp, overlap, tissue))).Code);
    }

    [Fact]
    public void A_grid_comes_back_from_its_file()
    {
        using var slide = new BlankSlide(350, 290, 0.265);
        var grid = TileGrid.Cut(slide, "slide with. dots", All(slide), new GridOptions(TileSize: 32, Overlap: 3));
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "a_patches.h5");
            grid.Save(path);
            var read = TileGrid.Load(path);
            Assert.Equal(grid.Coords, read.Coords);
            Assert.Equal(grid.Ledger!.Fates, read.Ledger!.Fates);
            Assert.Equal(grid.Ledger.Counts(), read.Ledger.Counts());
            Assert.Equal(grid with { Coords = read.Coords, Ledger = read.Ledger }, read);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
