using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tests.Slides;
using Mhim.Tiling.Tests.Tissue;
using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Tests.Encoders;

public sealed class TileLedgerTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-ledger-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // A few kilobytes overwritten: two or three of the file's own tiles.
    string Damaged(double from, double length)
    {
        var bytes = File.ReadAllBytes(TestSlides.Of("CMU-1-Small-Region.svs"));
        bytes.AsSpan((int)(bytes.Length * from), (int)(bytes.Length * length)).Fill(0xFF);
        var path = Path.Combine(folder, "damaged.svs");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    static (FeatureBag Bag, TileGrid Grid) Extract(string path, ExtractOptions options, GridOptions? gridOptions = null)
    {
        using var slide = SlideFile.Open(path);
        using var encoder = EncoderCatalog.Open("stain-texture");
        var grid = TileGrid.Cut(slide, "a", TissueFinder.Find(slide, TissueOptions.Default), gridOptions ?? new GridOptions());
        return (FeatureExtractor.Extract(slide, grid, encoder, options), grid);
    }

    [SlideFact]
    public void Unreadable_tiles_are_left_out_and_named_and_all_others_stay_as_they_are()
    {
        var (whole, _) = Extract(TestSlides.Of("CMU-1-Small-Region.svs"), new ExtractOptions());
        var (bag, _) = Extract(Damaged(0.35, 0.003), new ExtractOptions(MaxUnreadable: 0.3));
        int lost = (int)bag.Ledger!.Count(TileFate.Unreadable);
        Assert.InRange(lost, 1, 12);
        Assert.Equal(bag.Count, (int)bag.Ledger.Count(TileFate.Read));
        var rows = Enumerable.Range(0, whole.Count).ToDictionary(i => whole.Coords[i], i => whole.Row(i).ToArray());
        Assert.All(Enumerable.Range(0, bag.Count), i => Assert.Equal(rows[bag.Coords[i]], bag.Row(i).ToArray()));
        Assert.True(bag.Count + lost >= whole.Count);
    }

    [SlideFact]
    public void More_than_one_percent_of_unreadable_tiles_fails_the_slide_with_the_way_out()
    {
        var path = Damaged(0.35, 0.003);
        var refused = Assert.Throws<InputException>(() => Extract(path, new ExtractOptions()));
        Assert.Equal("slide-unreadable", refused.Code);
        Assert.Contains("more than 1%", refused.Message);
        Assert.Contains("--max-unreadable", refused.Message);
    }

    [SlideFact]
    public void Who_allows_more_damage_than_usual_gets_what_is_left_of_a_badly_damaged_slide()
    {
        using var slide = SlideFile.Open(DamagedSlide.Make(folder));
        Assert.Equal("slide-unreadable", Assert.Throws<InputException>(() => TissueFinder.Find(slide, TissueOptions.Default)).Code);
        var grid = TileGrid.Cut(slide, "a", TissueFinder.Find(slide, TissueOptions.Default, maxUnreadable: 0.9), new GridOptions());
        Assert.InRange(grid.Ledger!.Count(TileFate.Unreadable), 5, 60);
        using var encoder = EncoderCatalog.Open("stain-texture");
        Assert.InRange(FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions(MaxUnreadable: 0.9)).Count, 5, 45);
        Assert.Throws<InputException>(() => FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions()));
    }

    [SlideFact]
    public void Blurred_tiles_are_left_out_and_named()
    {
        using var sharp = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        var (x, y, side) = (700, 1100, 1024);
        var rgb = new byte[side * side * 3];
        sharp.ReadRegion(0, x, y, side, side, rgb);
        BlurRightHalf(rgb, side);
        using var slide = new PictureSlide(rgb, side, side, 0.5);
        using var encoder = EncoderCatalog.Open("stain-texture");
        var mask = new TissueMask(1, 1, side, side, [1]);
        var grid = TileGrid.Cut(slide, "a", mask, new GridOptions());
        var bag = FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions());
        Assert.Equal(8, bag.Ledger!.Count(TileFate.Blur));
        Assert.All(bag.Coords, tile => Assert.True(tile.X < 512));
        Assert.Equal(0.5, SlideQuality.Of(slide, mask, grid).Blur);
        Assert.Equal(16, FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions(SkipBlurred: false)).Count);
    }

    [Fact]
    public void A_ledger_comes_back_with_the_features()
    {
        var ledger = new TileLedger(3, 2, [TileFate.Read, TileFate.Pen, TileFate.NoTissue, TileFate.Blur, TileFate.Unreadable, TileFate.DarkEdge], 4);
        var bag = new FeatureBag("a", "e", 2, [1, 2], [new TileCoord(0, 0)], new TileGeometry(8, 8, 0, 0.5, 0.5, 30, 20)) { Ledger = ledger };
        var path = Path.Combine(folder, "a.h5");
        TridentFile.WriteFeatures(path, bag);
        var read = TridentFile.ReadFeatures(path).Ledger!;
        Assert.Equal((3, 2, 4), (read.Columns, read.Rows, read.Outside));
        Assert.Equal(ledger.Fates, read.Fates);
        Assert.Equal("read 1, no-tissue 1, pen 1, dark-edge 1, blur 1, unreadable 1, outside 4", string.Join(", ", read.Counts().Select(c => $"{c.Key} {c.Value}")));
    }

    [Fact]
    public void The_same_features_are_the_same_bytes()
    {
        var bag = new FeatureBag("a", "e", 2, [1, 2], [new TileCoord(0, 0)], new TileGeometry(8, 8, 0, 0.5, 0.5, 30, 20)) { Ledger = new TileLedger(1, 1, [TileFate.Read], 0) };
        var paths = ((string[])["a.h5", "b.h5"]).Select(name => Path.Combine(folder, name)).ToArray();
        foreach (var path in paths)
        {
            TridentFile.WriteFeatures(path, bag, new Dictionary<string, string> { ["slide_sha256"] = "x" });
            Thread.Sleep(1100); // a time in seconds would differ
        }
        Assert.Equal(File.ReadAllBytes(paths[0]), File.ReadAllBytes(paths[1]));
    }

    // Three box filters of 7 pixels: a Gaussian of 3.5 pixels, 1.7 µm.
    static void BlurRightHalf(byte[] rgb, int side)
    {
        for (int pass = 0; pass < 6; pass++)
        {
            var from = (byte[])rgb.Clone();
            var (dx, dy) = pass % 2 == 0 ? (1, 0) : (0, 1);
            for (int y = 0; y < side; y++)
                for (int x = side / 2; x < side; x++)
                    for (int channel = 0; channel < 3; channel++)
                    {
                        int sum = 0;
                        for (int k = -3; k <= 3; k++)
                            sum += from[((Math.Clamp(y + k * dy, 0, side - 1)) * side + Math.Clamp(x + k * dx, side / 2, side - 1)) * 3 + channel];
                        rgb[(y * side + x) * 3 + channel] = (byte)((sum + 3) / 7);
                    }
        }
    }
}
