using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Pipeline;

/// <summary>The refusals themselves, as the steps make them: when their words change, so must the table.</summary>
public sealed class ServiceWordsTests
{
    static void Say(string wayOut, Action refusal)
    {
        var refused = Assert.Throws<InputException>(refusal);
        Assert.Contains("--", refused.Message); // what the command line says
        var said = InspectStep.Worded(refused.Message, "waves.svs", "sent.svs")!;
        Assert.Contains(wayOut, said);
        Assert.DoesNotContain("--", said);
        Assert.DoesNotContain("waves.svs", said);
    }

    static TissueMask Mask(ISlide slide, TissueStages? stages = null, byte tissue = 0) => new(20, 10, slide.Info.Width / 20.0, slide.Info.Height / 10.0, [.. Enumerable.Repeat(tissue, 200)], stages);

    [Fact]
    public void A_slide_without_tissue()
    {
        using var slide = new Waves(40, 20, 0.5);
        void Cut(TissueStages? stages, GridOptions? options = null) => TileGrid.Cut(slide, "a", Mask(slide, stages), options ?? new GridOptions(10));
        Say("Mhim:Features:Tissue set to biopsy", () => Cut(new TissueStages(200, 8, 20, 30, 3, 3, 0, 0, 0)));
        Say("Mhim:Features:KeepMarks set to true", () => Cut(new TissueStages(200, 8, 20, 30, 3, 3, 0, 0, 0) { Marked = 20 }));
        Say("scan it again or remove it", () => Cut(new TissueStages(200, 8, 0, 0, 0, 0, 0, 0, 0)));
        Say("a smaller Mhim:Features:MinTissue", () => Cut(new TissueStages(200, 8, 20, 30, 3, 0, 30, 0, 30)));
        Say("an `encoder` of smaller or finer tiles", () => Cut(null, new GridOptions()));
    }

    [Fact]
    public void Tiles_that_are_none_for_the_slide_or_its_encoder()
    {
        using var encoder = EncoderCatalog.Open(EncoderCatalog.Default);
        using var slide = new Waves(600, 600, 1);
        Say("take an `encoder` made for 1 or more", () => TileGrid.Cut(slide, "a", Mask(slide, tissue: 1), new GridOptions()));
        void Extract(GridOptions options) => FeatureExtractor.Extract(slide, TileGrid.Cut(slide, "a", Mask(slide, tissue: 1), options), encoder, new ExtractOptions());
        Say("take a model made for tiles of 256", () => Extract(new GridOptions(100, 1)));
        Say("take a model made for tiles of 0.5", () => Extract(new GridOptions(256, 1)));
        Say("a larger Mhim:Features:MinTissue", () => TridentFile.RequireRoom("a", 1 << 20, 1024, half: false));
    }

    [Fact]
    public void A_slide_out_of_focus()
    {
        using var encoder = EncoderCatalog.Open(EncoderCatalog.Default);
        using var slide = new Waves(600, 600, 0.5);
        Say("Mhim:Features:KeepBlurred set to true", () => FeatureExtractor.Extract(slide, TileGrid.Cut(slide, "a", Mask(slide, tissue: 1), new GridOptions()), encoder, new ExtractOptions()));
    }

    [SlideFact]
    public void A_resolution_that_is_doubted()
    {
        var seen = InspectStep.Inspect(TestData.Slide("IDC_14082_4um.tif"), null, "sent.tif");
        Assert.Equal("mpp-implausible", seen.ProblemCode);
        Assert.Contains("if it is right state `mpp` as ", seen.Problem);
        Assert.DoesNotContain("--", seen.Problem);
    }

    /// <summary>A slide without a file, of slow waves: nothing in it is sharp.</summary>
    sealed class Waves(long width, long height, double mpp) : ISlide
    {
        public string Path => "waves.svs";

        public SlideInfo Info { get; } = new("test", width, height, [new SlideLevel(width, height, 1)], new Resolution(mpp, ResolutionSource.User, null, null), null, null, null, [],
            new Dictionary<string, string>());

        public void ReadRegion(int level, long x0, long y0, int w, int h, Span<byte> rgb)
        {
            for (var at = 0; at < w * h; at++)
                rgb.Slice(at * 3, 3).Fill((byte)(128 + 100 * Math.Sin((x0 + at % w) * Math.Tau / 40)));
        }

        public void Dispose()
        {
        }
    }
}
