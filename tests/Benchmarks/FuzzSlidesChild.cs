using System.Globalization;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;
using Mhim.Tiling.Viewer;

namespace Mhim.Benchmarks;

/// <summary>The process that opens the mutated files: one path a line comes in, one verdict a line goes out. It may die.</summary>
internal static class FuzzSlidesChild
{
    private const int MostTiles = 16;

    internal static int Run()
    {
        using var encoder = EncoderCatalog.Open("stain-texture");
        while (Console.In.ReadLine() is { } path)
        {
            ForgetPeak();
            var verdict = Judge(path, encoder);
            Console.Out.WriteLine($"{verdict}\t{PeakBytes()}");
            Console.Out.Flush();
        }
        return 0;
    }

    // `whole`, `ledger` (with what is missing), the code of a typed error, or `!` and what must not be.
    private static string Judge(string path, IPatchEncoder encoder)
    {
        try
        {
            using var slide = Open(path);
            Look(slide);
            var bag = Features(slide, encoder);
            return bag.Ledger!.Count(TileFate.Unreadable) > 0 ? "ledger" : "whole";
        }
        catch (InputException typed) when (typed.Message.Length > 20)
        {
            return typed.Code;
        }
        catch (Exception bug)
        {
            return $"!{bug.GetType().Name}: {bug.Message.ReplaceLineEndings(" ")} {bug.StackTrace?.ReplaceLineEndings(" ")}".Replace('\t', ' ');
        }
    }

    // As a user would: a resolution that cannot be believed, or is too coarse for the encoder, is stated by hand.
    private static ISlide Open(string path)
    {
        var slide = SlideFile.Open(path);
        if (slide.Info.Resolution is { Problem: null, Mpp: <= 0.55 })
            return slide;
        slide.Dispose();
        return SlideFile.Open(path, 0.5);
    }

    // What a viewer asks for; each may be refused for itself.
    private static void Look(ISlide slide)
    {
        var zoom = DeepZoom.For(slide);
        for (int level = Math.Max(0, zoom.LevelCount - 14); level < zoom.LevelCount; level++)
            Try(() => zoom.Tile(level, 0, 0));
        Try(() => Thumbnail.Png(slide, 128));
        foreach (var name in slide.Info.AssociatedImages)
            Try(() => AssociatedImage.Read(slide.Path, name));

        static void Try(Action look)
        {
            try
            {
                look();
            }
            catch (InputException)
            {
            }
        }
    }

    private static FeatureBag Features(ISlide slide, IPatchEncoder encoder)
    {
        var mask = TissueFinder.Find(slide, new TissueOptions(MinTissueArea: 0.01, AnyStain: true));
        var grid = TileGrid.Cut(slide, "fuzz", mask, new GridOptions(256, 0.5, Overlap: 128, MinTissue: 0.05));
        int every = Math.Max(1, grid.Coords.Length / MostTiles);
        var some = grid with { Coords = [.. grid.Coords.Where((_, i) => i % every == 0)], Ledger = null };
        // Nearly all may be missing: the ledger says which.
        var bag = FeatureExtractor.Extract(slide, some, encoder, new ExtractOptions(1, 4, MaxUnreadable: 1));
        if (bag.Ledger is not { } ledger || ledger.Count(TileFate.Read) != bag.Coords.Length || ledger.Fates.Length != some.Coords.Length
            || bag.Features.Length != bag.Coords.Length * bag.Dim || bag.Features.Any(value => !float.IsFinite(value)))
            throw new InvalidOperationException("The bag and its ledger disagree.");
        return bag;
    }

    // The linux kernel's count of the largest resident size; 5 sets it back.
    private static void ForgetPeak()
    {
        GC.Collect();
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the peak is that of all files so far: too strict, not too lax.
        }
    }

    private static long PeakBytes() => long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
