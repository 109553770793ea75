using System.Collections.Concurrent;
using System.Diagnostics;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Synthetic;
using NetVips;
using Spectre.Console;

namespace Mhim.Benchmarks;

/// <summary>
/// Whether the synthetic cohort is worth learning from: time and disk to draw it, the tumour's share, and, on patients held out, what
/// supervised tiles can reach (a ceiling) and what the mean of a slide's tiles reaches (a floor without attention).
/// Words: number of slides (24), folder that keeps the slides (a temporary one otherwise).
/// </summary>
internal static class Synthetic
{
    private const int Tile = 256, Folds = 4;
    private const double Mpp = 0.5, Penalty = 30;

    private sealed record Bag(SyntheticSlide Slide, float[][] Rows, bool[] Tumour, double Share, double DrawSeconds, long Bytes);

    public static int Run(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0]) : 24;
        var folder = args.Length > 1 ? args[1] : Directory.CreateTempSubdirectory("mhim-synthetic-").FullName;
        Directory.CreateDirectory(folder);
        var plan = SyntheticCohort.Plan(count);
        var clock = Stopwatch.StartNew();
        var bags = new ConcurrentBag<Bag>();
        using var encoder = new StainTextureEncoder();
        Parallel.ForEach(plan, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, slide => bags.Add(Make(slide, folder, encoder)));
        var all = bags.OrderBy(bag => bag.Slide.SlideId, StringComparer.Ordinal).ToArray();
        AnsiConsole.WriteLine($"{clock.Elapsed.TotalSeconds:F0} s for everything");

        var table = new Table().AddColumns("figure", "value");
        table.AddRow("slides, tumour, patients", $"{all.Length}, {all.Count(Positive)}, {plan.Select(slide => slide.CaseId).Distinct().Count()}");
        table.AddRow("drawing, s per slide", $"{all.Average(bag => bag.DrawSeconds):F2}");
        table.AddRow("MB per slide", $"{all.Average(bag => bag.Bytes) / 1e6:F1}");
        table.AddRow("tissue tiles per slide", $"{all.Average(bag => bag.Rows.Length):F0} ({all.Min(bag => bag.Rows.Length)} to {all.Max(bag => bag.Rows.Length)})");
        table.AddRow("tumour tiles per positive slide", $"{all.Where(Positive).Average(bag => bag.Tumour.Count(t => t)):F1}");
        table.AddRow("tumour share of tissue", $"{all.Where(Positive).Min(bag => bag.Share):P1} to {all.Where(Positive).Max(bag => bag.Share):P1}");
        HeldOut(all, table);
        AnsiConsole.Write(table);
        if (args.Length < 2)
            Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static bool Positive(Bag bag) => bag.Slide.Label == SyntheticCohort.Tumour;

    private static void HeldOut(Bag[] all, Table table)
    {
        List<double> tileScores = [], weakScores = [], maxScores = [], weakMaxScores = [], meanScores = [];
        List<bool> tileLabels = [], slideLabels = [];
        var cases = all.Select(bag => bag.Slide.CaseId).Distinct().Order(StringComparer.Ordinal).ToList();
        for (var f = 0; f < Folds; f++)
        {
            var train = all.Where(bag => cases.IndexOf(bag.Slide.CaseId) % Folds != f).ToArray();
            var tiles = LogisticRegression.Fit(
                [.. train.SelectMany(bag => bag.Rows)], [.. train.SelectMany(bag => bag.Tumour)], Penalty);
            // Every tile of a positive slide called tumour: what the slide's label alone teaches a linear model.
            var weak = LogisticRegression.Fit(
                [.. train.SelectMany(bag => bag.Rows)], [.. train.SelectMany(bag => bag.Rows.Select(_ => Positive(bag)))], 10 * Penalty);
            var means = LogisticRegression.Fit([.. train.Select(Mean)], [.. train.Select(Positive)], Penalty);
            foreach (var bag in all.Except(train))
            {
                var scores = bag.Rows.Select(tiles.Score).ToArray();
                tileScores.AddRange(scores);
                tileLabels.AddRange(bag.Tumour);
                maxScores.Add(scores.Order().TakeLast(3).Average());
                var weakly = bag.Rows.Select(weak.Score).ToArray();
                weakScores.AddRange(weakly);
                weakMaxScores.Add(weakly.Order().TakeLast(3).Average());
                meanScores.Add(means.Score(Mean(bag)));
                slideLabels.Add(Positive(bag));
            }
        }
        table.AddRow("tile AUC, supervised", $"{RankAuc.Of(tileScores, tileLabels):F4}");
        table.AddRow("slide AUC, top 3 supervised tiles", $"{RankAuc.Of(maxScores, slideLabels):F4}");
        table.AddRow("tile AUC, slide labels on all tiles", $"{RankAuc.Of(weakScores, tileLabels):F4}");
        table.AddRow("slide AUC, top 3 of those", $"{RankAuc.Of(weakMaxScores, slideLabels):F4}");
        table.AddRow("slide AUC, mean features", $"{RankAuc.Of(meanScores, slideLabels):F4}");
    }

    private static float[] Mean(Bag bag)
    {
        var mean = new float[StainTextureEncoder.Dim];
        foreach (var row in bag.Rows)
            for (var j = 0; j < mean.Length; j++)
                mean[j] += row[j] / bag.Rows.Length;
        return mean;
    }

    private static Bag Make(SyntheticSlide slide, string folder, StainTextureEncoder encoder)
    {
        string path = Path.Combine(folder, slide.SlideId + ".tif"), truthPath = Path.Combine(folder, slide.SlideId + ".truth.png");
        var clock = Stopwatch.StartNew();
        slide.Write(path, truthPath);
        var seconds = clock.Elapsed.TotalSeconds;
        var truth = TruthMask.Load(truthPath);
        using var file = Image.NewFromFile(path);
        using var picture = file.Resize(slide.Mpp / Mpp);
        var rgb = picture.WriteToMemory<byte>();
        var rows = new List<float[]>();
        var labels = new List<bool>();
        var tile = new byte[Tile * Tile * 3];
        for (var y = 0; y + Tile <= picture.Height; y += Tile)
        {
            for (var x = 0; x + Tile <= picture.Width; x += Tile)
            {
                var tissue = 0;
                for (var row = 0; row < Tile; row++)
                    rgb.AsSpan(((y + row) * picture.Width + x) * 3, Tile * 3).CopyTo(tile.AsSpan(row * Tile * 3));
                for (var p = 0; p < tile.Length; p += 3)
                    tissue += tile[p] - tile[p + 1] > 15 || tile[p + 2] - tile[p + 1] > 15 ? 1 : 0;
                if (tissue < Tile * Tile / 4)
                    continue;
                var features = new float[StainTextureEncoder.Dim];
                encoder.Encode(tile, 1, features);
                rows.Add(features);
                labels.Add(truth.ShareOfTile((long)(x * Mpp / slide.Mpp), (long)(y * Mpp / slide.Mpp), (int)(Tile * Mpp / slide.Mpp)) >= 0.25);
            }
        }
        return new Bag(slide, [.. rows], [.. labels], truth.TumourShareOfTissue, seconds, new FileInfo(path).Length);
    }
}
