using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Xunit;

namespace Mhim.Tiling.Tests.Slides.Fast;

public class SameFeaturesTests
{
    [SlideTheory]
    [InlineData(0.499)] // nearly the encoder's resolution: every pixel is resampled
    [InlineData(0.265)]
    [InlineData(0.25)]
    public void Both_readers_and_any_number_of_threads_give_the_same_features(double slideMpp)
    {
        var path = TestSlides.Of("CMU-1-Small-Region.svs");
        using var encoder = EncoderCatalog.Open("stain-texture");
        int side = (int)Math.Round(256 * 0.5 / slideMpp);
        TileCoord[] coords = [new(100, 300), new(100 + side, 300), new(700, 1500), new(1601, 2203)];

        float[] Features(SlideReaderKind reader, int threads)
        {
            using var slide = SlideFile.Open(path, slideMpp, reader);
            var grid = new TileGrid("small", coords, new TileGeometry(256, side, 0, 0.5, slideMpp, slide.Info.Width, slide.Info.Height), 1);
            return FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions(threads, BatchSize: 1)).Features;
        }
        var slow = Features(SlideReaderKind.OpenSlide, 1);
        Assert.Equal(slow, Features(SlideReaderKind.Auto, 1));
        Assert.Equal(slow, Features(SlideReaderKind.Auto, 4));
    }
}
