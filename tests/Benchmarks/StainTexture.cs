using System.Diagnostics;
using Mhim.Tiling.Encoders;
using NetVips;
using Spectre.Console;

namespace Mhim.Benchmarks;

/// <summary>
/// How much of a real tumour the encoder without download sees. One breast cancer slide (IDC 14082, 4 µm/px), cut at its own grid of 50 px,
/// labelled by its tumour mask (0 = no patch, 128 = normal, 255 = tumour; one block of 50 px a patch). Logistic regression, standardised and
/// fitted on four vertical strips of the slide, tested on the fifth: neighbours never stand on both sides except along the cuts.
/// </summary>
internal static class StainTexture
{
    private const int Patch = 50;
    private const int Folds = 5;
    private const double Mpp = 4, Penalty = 30, WantedAuc = 0.90;

    public static int Run(string[] args)
    {
        var slide = Path.Combine(TestData.Folder() ?? "shared/data", "slides", "IDC_14082_4um.tif");
        if (!File.Exists(slide))
        {
            Console.Error.WriteLine($"{slide} is missing; set MHIM_TEST_DATA to the folder that holds slides/.");
            return 2;
        }
        var patches = Cut(slide, Path.Combine(Path.GetDirectoryName(slide)!, "IDC_14082_tumour_mask.png"));
        using var encoder = new StainTextureEncoder(Patch, Mpp);
        var clock = Stopwatch.StartNew();
        var rows = patches.Select(patch => Encode(encoder, patch.Rgb)).ToArray();
        var patchMs = clock.Elapsed.TotalMilliseconds / rows.Length;
        var labels = patches.Select(patch => patch.Tumour).ToArray();

        // Strips of equally many patches, cut where a column of the grid ends.
        var columns = patches.Select(patch => patch.X).Order().ToArray();
        var fold = patches.Select(patch => Enumerable.Range(1, Folds - 1).Count(k => patch.X > columns[k * columns.Length / Folds])).ToArray();
        var scores = new double[rows.Length];
        var table = new Table().AddColumns("strip", "patches", "tumour", "AUC");
        var mean = new List<double>();
        for (var f = 0; f < Folds; f++)
        {
            var train = Enumerable.Range(0, rows.Length).Where(i => fold[i] != f).ToArray();
            var test = Enumerable.Range(0, rows.Length).Where(i => fold[i] == f).ToArray();
            var model = LogisticRegression.Fit([.. train.Select(i => rows[i])], [.. train.Select(i => labels[i])], Penalty);
            foreach (var i in test)
                scores[i] = model.Score(rows[i]);
            var auc = RankAuc.Of([.. test.Select(i => scores[i])], [.. test.Select(i => labels[i])]);
            if (!double.IsNaN(auc))
                mean.Add(auc);
            table.AddRow($"{f + 1}", $"{test.Length}", $"{test.Count(i => labels[i])}", double.IsNaN(auc) ? "one class only" : $"{auc:F4}");
        }
        var pooled = RankAuc.Of(scores, labels);
        table.AddRow("pooled", $"{rows.Length}", $"{labels.Count(label => label)}", $"[bold]{pooled:F4}[/]");
        table.AddRow("mean", "", "", $"{mean.Average():F4}");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"{patchMs:F2} ms per patch of {Patch} px, {TileMilliseconds():F2} ms per tile of 256 px, one core");
        AnsiConsole.WriteLine($"pooled AUC {pooled:F4}, wanted {WantedAuc:F2} or more: {(pooled >= WantedAuc ? "holds" : "DOES NOT HOLD")}");
        return pooled >= WantedAuc ? 0 : 1;
    }

    private sealed record LabelledPatch(int X, int Y, bool Tumour, byte[] Rgb);

    private static List<LabelledPatch> Cut(string slidePath, string maskPath)
    {
        using var slide = Image.NewFromFile(slidePath);
        using var mask = Image.NewFromFile(maskPath);
        var rgb = slide.WriteToMemory<byte>();
        var truth = mask.WriteToMemory<byte>();
        int width = slide.Width, bands = slide.Bands;
        var patches = new List<LabelledPatch>();
        for (var y = 0; y + Patch <= slide.Height; y += Patch)
        {
            for (var x = 0; x + Patch <= width; x += Patch)
            {
                var label = truth[((y + Patch / 2) * width + x + Patch / 2) * mask.Bands];
                var patch = new byte[Patch * Patch * 3];
                var dark = 0;
                for (var i = 0; i < Patch * Patch; i++)
                {
                    var at = ((y + i / Patch) * width + x + i % Patch) * bands;
                    rgb.AsSpan(at, 3).CopyTo(patch.AsSpan(i * 3));
                    dark += rgb[at + 1] < 220 ? 1 : 0;
                }
                // No patch in the archive, or glass.
                if (label == 0 || dark < Patch * Patch / 20)
                    continue;
                patches.Add(new LabelledPatch(x, y, label == 255, patch));
            }
        }
        return patches;
    }

    private static float[] Encode(StainTextureEncoder encoder, byte[] rgb)
    {
        var features = new float[StainTextureEncoder.Dim];
        encoder.Encode(rgb, 1, features);
        return features;
    }

    private static double TileMilliseconds()
    {
        using var encoder = new StainTextureEncoder();
        var random = new Random(1);
        var tile = new byte[256 * 256 * 3];
        for (var i = 0; i < tile.Length; i++)
            tile[i] = (byte)(170 + 60 * Math.Sin(i % 768 / 40.0) * Math.Sin(i / 768 / 13.0) + random.Next(20));
        var features = new float[StainTextureEncoder.Dim];
        // Long enough for the compiler's last tier.
        for (var i = 0; i < 150; i++)
            encoder.Encode(tile, 1, features);
        // Processor time, not the clock's: what else runs on the machine does not count.
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < 200; i++)
            encoder.Encode(tile, 1, features);
        return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / 200;
    }
}
