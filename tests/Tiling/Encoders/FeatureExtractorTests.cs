using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tests.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Tests.Encoders;

public sealed class FeatureExtractorTests
{
    sealed class MeanColour(int size, double mpp) : IPatchEncoder
    {
        public EncoderInfo Info { get; } = new("mean-colour", size, mpp, 3);

        public void Encode(ReadOnlySpan<byte> tiles, int count, Span<float> features)
        {
            int bytes = Info.InputSize * Info.InputSize * 3;
            for (int tile = 0; tile < count; tile++)
                for (int channel = 0; channel < 3; channel++)
                {
                    double sum = 0;
                    for (int i = channel; i < bytes; i += 3)
                        sum += tiles[tile * bytes + i];
                    features[tile * 3 + channel] = (float)(sum / (bytes / 3));
                }
        }

        public void Dispose()
        {
        }
    }

    static TileGrid Grid(double slideMpp, params TileCoord[] coords) =>
        new("drawn", coords, new TileGeometry(32, (int)Math.Round(32 * 0.5 / slideMpp), 0, 0.5, slideMpp, 2000, 2000), 1);

    [Fact]
    public void Every_tile_shows_its_own_place_whatever_the_scale_and_the_batch()
    {
        using var slide = new DrawnSlide(2000, 2000);
        foreach (var slideMpp in new[] { 0.5, 0.25, 0.265 })
            foreach (var batch in new[] { 1, 2, 32 })
            {
                int side = (int)Math.Round(32 * 0.5 / slideMpp);
                var bag = FeatureExtractor.Extract(slide, Grid(slideMpp, new(0, 0), new(400, 80), new(80, 400)), new MeanColour(32, 0.5), new ExtractOptions(2, batch));
                Assert.Equal(3, bag.Count);
                // A column's red is its number / 4: the mean over a tile is that of its middle.
                Assert.Equal((400 + side / 2.0) / 4, bag.Row(1)[0], 1.0);
                Assert.Equal((80 + side / 2.0) / 4, bag.Row(1)[1], 1.0);
                Assert.Equal((400 + side / 2.0) / 4, bag.Row(2)[1], 1.0);
            }
    }

    [Fact]
    public void An_encoder_made_for_other_tiles_is_refused()
    {
        using var slide = new DrawnSlide(2000, 2000);
        var size = Assert.Throws<InputException>(() => FeatureExtractor.Extract(slide, Grid(0.5, new TileCoord(0, 0)), new MeanColour(64, 0.5), new ExtractOptions()));
        Assert.Equal("encoder-mismatch", size.Code);
        Assert.Contains("--tile-size 64", size.Message);
        var mpp = Assert.Throws<InputException>(() => FeatureExtractor.Extract(slide, Grid(0.5, new TileCoord(0, 0)), new MeanColour(32, 0.25), new ExtractOptions()));
        Assert.Contains("--target-mpp 0.25", mpp.Message);
    }

    [Fact]
    public void Tiles_of_another_slide_are_refused()
    {
        using var slide = new DrawnSlide(2000, 1999);
        Assert.Equal("grid-mismatch", Assert.Throws<InputException>(() =>
            FeatureExtractor.Extract(slide, Grid(0.5, new TileCoord(0, 0)), new MeanColour(32, 0.5), new ExtractOptions())).Code);
    }

    [SlideFact]
    public void A_tile_that_cannot_be_read_is_a_typed_error_and_not_white()
    {
        var folder = Directory.CreateTempSubdirectory("mhim-extract-");
        try
        {
            using var slide = SlideFile.Open(DamagedSlide.Make(folder.FullName));
            var grid = new TileGrid("damaged", [new(0, 0), new(DamagedSlide.X, DamagedSlide.Y)], new TileGeometry(32, 32, 0, 0.5, 0.5, 2220, 2967), 1);
            Assert.Equal("slide-unreadable",
                Assert.Throws<InputException>(() => FeatureExtractor.Extract(slide, grid, new MeanColour(32, 0.5), new ExtractOptions(2))).Code);
            // Where all damage is allowed and nothing is left, that is the reason, and not blur.
            var nothing = Assert.Throws<InputException>(() =>
                FeatureExtractor.Extract(slide, grid with { Coords = [grid.Coords[1]] }, new MeanColour(32, 0.5), new ExtractOptions(2, MaxUnreadable: 1)));
            Assert.Equal("slide-unreadable", nothing.Code);
            Assert.Contains("no tile of 1 can be read", nothing.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_cancelled_extraction_stops()
    {
        using var slide = new DrawnSlide(2000, 2000);
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            FeatureExtractor.Extract(slide, Grid(0.5, new TileCoord(0, 0)), new MeanColour(32, 0.5), new ExtractOptions(), null, cancel.Token));
    }

    [SlideFact]
    public void Features_of_a_real_slide_do_not_depend_on_the_number_of_threads()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        var grid = TileGrid.Cut(slide, "CMU-1-Small-Region", TissueFinder.Find(slide, new TissueOptions()), new GridOptions());
        using var encoder = EncoderCatalog.Open("stain-texture");
        var seen = new List<int>();
        var one = FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions(1, 8), new Collect(seen));
        Assert.Equal(grid.Coords.Length, one.Count);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(one.Count, seen[^1]);
        foreach (var threads in new[] { 2, 4 })
            Assert.Equal(one.Features, FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions(threads, 5)).Features);
    }

    sealed class Collect(List<int> seen) : IProgress<ExtractProgress>
    {
        public void Report(ExtractProgress value) => seen.Add(value.Done);
    }
}
