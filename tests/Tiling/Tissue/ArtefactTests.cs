using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;
using Xunit;
using Xunit.Abstractions;

namespace Mhim.Tiling.Tests.Tissue;

public class ArtefactTests(ITestOutputHelper output)
{
    /// <summary>Marks removed, tissue kept: shares of real thumbnails. The resolutions are estimates from cells and the slide's size.</summary>
    [SlideTheory]
    [InlineData("tcga-green-pen", 5, "green", 0.17, 0.26, 0.74, 0.82)]
    [InlineData("tcga-red-pen", 4, "red", 0.22, 0.32, 0.58, 0.70)]
    [InlineData("wsi-blue-pen", 100, "blue", 0.03, 0.06, 0.38, 0.45)]
    [InlineData("no-tissue-red-pen", 4, "red", 0.40, 0.65, 0, 0.02)]
    [InlineData("no-tissue", 20, "", 0, 0, 0, 0.01)]
    public void Of_a_thumbnail_marks_are_removed_and_tissue_is_kept(
        string name, double mpp, string pen, double leastPen, double mostPen, double leastTissue, double mostTissue)
    {
        using var slide = PictureSlide.Load(Path.Combine(TestSlides.Data!, "qc", name + ".png"), mpp);
        var mask = TissueFinder.Find(slide, TissueOptions.Default);
        Print(name, slide, mask);
        var found = mask.Stages.Artefacts;
        double share = pen switch { "blue" => found.BluePen, "green" => found.GreenPen, "red" => found.RedPen, _ => found.Pen };
        Assert.InRange(share, leastPen, mostPen);
        Assert.InRange(mask.TissueShare, leastTissue, mostTissue);
    }

    [SlideFact]
    public void A_slide_with_four_pens_keeps_what_they_ring()
    {
        using var slide = PictureSlide.Load(Path.Combine(TestSlides.Data!, "qc", "diagnostic-slide-thumb-rgb.png"), 25);
        var mask = TissueFinder.Find(slide, TissueOptions.Default);
        Print("diagnostic", slide, mask);
        Assert.InRange(mask.Stages.Artefacts.GreenPen, 0.11, 0.18);
        Assert.InRange(mask.Stages.Artefacts.RedPen, 0.09, 0.16);
        Assert.InRange(mask.Stages.Artefacts.BlackPen, 0.11, 0.18);
        Assert.InRange(mask.Stages.Artefacts.DarkEdge, 0.02, 0.05); // the bar along the bottom
        Assert.InRange(mask.TissueShare, 0.29, 0.38);
        Assert.Equal(Artefact.BlackPen, At(mask, 266, 385)); // the stroke of a ring
        Assert.Equal(1, mask.ShareOf(270, 278, 8), 9);       // the middle of another
        Assert.Equal(Artefact.RedPen, At(mask, 455, 300));
        Assert.Equal(Artefact.GreenPen, At(mask, 60, 480));
        Assert.Equal(Artefact.DarkEdge, At(mask, 200, 522));
        Assert.Equal(1, mask.ShareOf(370, 240, 8), 9); // plain tissue
        Assert.Equal(1, mask.ShareOf(110, 466, 6), 9);  // bleeding: red, but no pen
    }

    [SlideTheory]
    [InlineData("CMU-1-Small-Region.svs", null)]
    [InlineData("IDC_14082_4um.tif", 4.0)]
    public void Slides_without_marks_lose_nothing(string name, double? mpp)
    {
        using var slide = SlideFile.Open(TestSlides.Of(name), mpp);
        var mask = TissueFinder.Find(slide, TissueOptions.Default);
        Assert.Equal(0, mask.Stages.Artefacts.Pen);
        Assert.Equal(TissueFinder.Find(slide, TissueOptions.Default with { RemoveArtefacts = false }).TissueShare, mask.TissueShare);
    }

    [Theory]
    [InlineData(90, 55, 120, Artefact.None)]      // dense violet nuclei
    [InlineData(70, 60, 150, Artefact.None)]      // haematoxylin at its bluest
    [InlineData(150, 160, 195, Artefact.None)]    // the pale blue counterstain of immunohistochemistry
    [InlineData(215, 110, 150, Artefact.None)]    // eosin
    [InlineData(180, 60, 95, Artefact.None)]      // red cells
    [InlineData(120, 75, 45, Artefact.None)]      // DAB, brown
    [InlineData(80, 55, 40, Artefact.None)]       // melanin
    [InlineData(60, 120, 205, Artefact.BluePen)]
    [InlineData(55, 140, 130, Artefact.GreenPen)]
    [InlineData(205, 20, 25, Artefact.RedPen)]
    [InlineData(45, 40, 45, Artefact.BlackPen)]
    [InlineData(160, 160, 158, Artefact.DarkEdge)]
    public void A_patch_of_one_colour_is_ink_or_stain(byte r, byte g, byte b, Artefact expected)
    {
        using var slide = Patch(r, g, b);
        var mask = TissueFinder.Find(slide, TissueOptions.Default);
        Assert.Equal(expected, At(mask, 200, 200));
        Assert.Equal(expected == Artefact.None ? 1 : 0, mask.ShareOf(190, 190, 20), 9);
    }

    [Fact]
    public void What_is_smaller_than_a_stroke_is_no_mark()
    {
        using var slide = Patch(205, 20, 25, side: 12, mpp: 4); // 48 µm: a vessel
        Assert.Equal(Artefact.None, At(TissueFinder.Find(slide, TissueOptions.Default), 156, 156));
    }

    [SlideFact]
    public void Fluorescence_is_refused_with_the_way_out_and_taken_when_told()
    {
        using var slide = SlideFile.Open(TestSlides.Of("fluorescence-DAPI.ndpi"));
        var refused = Assert.Throws<InputException>(() => TissueFinder.Find(slide, TissueOptions.Default));
        Assert.Equal("not-brightfield", refused.Code);
        Assert.Contains("--any-stain", refused.Message);
        var mask = TissueFinder.Find(slide, TissueOptions.Default with { AnyStain = true });
        Assert.Equal(SlideLight.Dark, mask.Light);
        Assert.InRange(mask.TissueShare, 0.3, 0.6); // where the nuclei lie, not the whole picture
    }

    [Fact]
    public void An_unstained_slide_is_refused_and_a_blank_one_has_no_tissue()
    {
        using var unstained = Patch(214, 213, 211);
        Assert.Equal("not-stained", Assert.Throws<InputException>(() => TissueFinder.Find(unstained, TissueOptions.Default)).Code);
        Assert.InRange(TissueFinder.Find(unstained, TissueOptions.Default with { AnyStain = true }).TissueShare, 0.05, 0.3);
        using var blank = Patch(243, 241, 242);
        Assert.Equal(0, TissueFinder.Find(blank, TissueOptions.Default).TissueShare);
    }

    /// <summary>Glass with a square of one colour in its middle, and a little eosin in a corner where the square is to be judged as a mark.</summary>
    static PictureSlide Patch(byte r, byte g, byte b, int side = 100, double mpp = 10)
    {
        const int size = 320;
        var rgb = new byte[size * size * 3];
        for (int i = 0; i < rgb.Length; i += 3)
            (rgb[i], rgb[i + 1], rgb[i + 2]) = (243, 241, 242);
        for (int y = 150; y < 150 + side; y++)
            for (int x = 150; x < 150 + side; x++)
                (rgb[(y * size + x) * 3], rgb[(y * size + x) * 3 + 1], rgb[(y * size + x) * 3 + 2]) = (r, g, b);
        bool grey = Math.Max(r, Math.Max(g, b)) - Math.Min(r, Math.Min(g, b)) < 10 && r > 200;
        for (int y = 20; y < 60 && !grey; y++)
            for (int x = 20; x < 60; x++)
                (rgb[(y * size + x) * 3], rgb[(y * size + x) * 3 + 1], rgb[(y * size + x) * 3 + 2]) = (215, 110, 150);
        return new PictureSlide(rgb, size, size, mpp);
    }

    static Artefact At(TissueMask mask, double x, double y) => mask.ArtefactAt((int)(x / mask.DownsampleX), (int)(y / mask.DownsampleY));

    void Print(string name, ISlide slide, TissueMask mask)
    {
        var a = mask.Stages.Artefacts;
        double before = TissueFinder.Find(slide, TissueOptions.Default with { RemoveArtefacts = false }).TissueShare;
        output.WriteLine($"{name}: tissue {mask.TissueShare:P1} (with the marks {before:P1}), pen blue {a.BluePen:P1} green {a.GreenPen:P1} red {a.RedPen:P1} black {a.BlackPen:P1}, dark edge {a.DarkEdge:P1}");
    }
}
