using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;
using Xunit;

namespace Mhim.Tiling.Tests.Tissue;

public class TissueFinderTests
{
    static readonly TissueOptions Plain = new(8, 1, 0, 0, 0, 0);

    static SlideOverview Map(int width, params byte[] values) =>
        new(width, values.Length / width, values, [.. values.Select(_ => (byte)1)], [.. values.SelectMany(v => (byte[])[255, (byte)(255 - v), 255])]);

    [Fact]
    public void Each_stage_says_what_it_left()
    {
        var map = Map(7,
            40, 40, 40, 40, 0, 0, 0,
            40, 0, 40, 40, 0, 0, 9,
            40, 40, 40, 40, 0, 0, 0,
            0, 0, 0, 0, 0, 8, 0);
        var (bits, stages) = TissueFinder.Find(map, Plain with { MinTissueArea = 2, MinHoleArea = 1 }, areaUnit: 1);
        Assert.Equal(new TissueStages(28, 8, 12, 12, 2, 1, 11, 1, 12), stages);
        Assert.Equal(["####...", "####...", "####...", "......."], Picture.Rows(bits, 7));
    }

    [Fact]
    public void Otsu_replaces_the_threshold()
    {
        var map = Map(4, 20, 22, 90, 95, 21, 20, 91, 99);
        var (bits, stages) = TissueFinder.Find(map, Plain with { UseOtsu = true }, areaUnit: 1);
        Assert.Equal(["..##", "..##"], Picture.Rows(bits, 4));
        Assert.InRange(stages.Threshold, 22, 89);
    }

    [Fact]
    public void What_was_not_scanned_is_no_tissue_and_does_not_count()
    {
        var map = new SlideOverview(4, 1, [90, 90, 90, 90], [0, 1, 1, 0], new byte[12]);
        var (bits, stages) = TissueFinder.Find(map, Plain, areaUnit: 1);
        Assert.Equal([".##."], Picture.Rows(bits, 4));
        Assert.Equal(2, stages.Pixels);
    }

    [Theory]
    [InlineData(100_000, 80_000, 64)]
    [InlineData(400_000, 100_000, 400_000 / 4096.0)]
    [InlineData(2_220, 2_967, 8)]
    [InlineData(300, 200, 1)]
    public void A_mask_is_neither_tiny_nor_huge(long width, long height, double downsample) =>
        Assert.Equal(downsample, SlideOverview.DownsampleFor(Info(width, height, 1)));

    [Fact]
    public void A_level_near_64_is_taken_as_it_is_and_otherwise_a_finer_one_is_averaged()
    {
        Assert.Equal((3, 1.0), SlideOverview.SourceFor(Info(100_000, 80_000, 1, 4, 16, 64.003), 64));
        Assert.Equal((2, 4.0), SlideOverview.SourceFor(Info(100_000, 80_000, 1, 4, 16), 64));
        Assert.Equal((2, 2.0), SlideOverview.SourceFor(Info(100_000, 80_000, 1, 8, 32, 256), 64));
        Assert.Equal((0, 64.0), SlideOverview.SourceFor(Info(100_000, 80_000, 1), 64));
    }

    static SlideInfo Info(long width, long height, params double[] downsamples) => new("test", width, height,
        [.. downsamples.Select(d => new SlideLevel((long)(width / d), (long)(height / d), d))],
        new Resolution(0.25, ResolutionSource.User, null, null), null, null, null, [], new Dictionary<string, string>());

    [Fact]
    public void Area_thresholds_shrink_on_small_slides_and_only_there()
    {
        Assert.Equal(512 * 512, TissueOptions.Default.AreaUnit(100_000.0 * 80_000));
        Assert.Equal(0.01 * 2220 * 2967, 100 * TissueOptions.Default.AreaUnit(2220 * 2967), 6);
        Assert.Equal(512 * 512, (TissueOptions.Default with { MinTissueArea = 0 }).AreaUnit(100));
    }

    [Fact]
    public void An_option_out_of_range_is_named()
    {
        var refused = Assert.Throws<InputException>(() => TissueFinder.Find(null!, new TissueOptions(MedianSize: 4)));
        Assert.Equal("tissue-option", refused.Code);
        Assert.Contains("odd", refused.Message);
    }

    [SlideFact]
    public void Every_preset_finds_the_tissue_of_a_small_region()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        foreach (var options in new[] { TissueOptions.Default, TissueOptions.Tcga, TissueOptions.Biopsy, TissueOptions.Resection, new(UseOtsu: true) })
        {
            var mask = TissueFinder.Find(slide, options);
            Assert.Equal((278, 371), (mask.Width, mask.Height));
            Assert.InRange(mask.TissueShare, 0.32, 0.40);
            Assert.Single(mask.Contours());
        }
    }

    [SlideFact]
    public void Of_a_slide_with_levels_the_tissue_lies_where_the_colour_is()
    {
        using var slide = SlideFile.Open(TestSlides.Of("IDC_14082_4um.tif"), 4);
        var mask = TissueFinder.Find(slide, TissueOptions.Default);
        Assert.Equal((362, 293), (mask.Width, mask.Height)); // its level of 8.02
        Assert.InRange(mask.TissueShare, 0.13, 0.16);
        Assert.Equal(1, mask.ShareOf(1500, 1700, 100), 9);
        Assert.Equal(0, mask.ShareOf(300, 2100, 100));
    }
}
