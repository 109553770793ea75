using System.Diagnostics;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Slides.Fast;
using Mhim.Tiling.Viewer;
using Spectre.Console;

namespace Mhim.Benchmarks;

/// <summary>
/// Tiles per second against python3-openslide: the same slide, the same tiles in the same order, the same cores, alternating. Medians over
/// rounds; the ratio is the median of the rounds' ratios. And how far we are from decoding the same bytes and doing nothing else.
/// Then whole slides to features (<see cref="TilesBenchmarkWhole"/>); <c>tiles whole</c> is that alone.
/// Words: rounds (5), the slide to read (one of 20,480² is written there when it does not exist, to a temporary file when nothing is said).
/// </summary>
internal static class TilesBenchmark
{
    /// <param name="Name">For the table.</param>
    /// <param name="Wanted">Times faster than python3-openslide that are wanted.</param>
    /// <param name="Side">Side of the finished tile in pixels.</param>
    /// <param name="Shrink">Level-0 pixels per pixel.</param>
    /// <param name="X0">Left edge of the first tile.</param>
    /// <param name="Y0">Top edge of the first tile.</param>
    /// <param name="Columns">Tiles across.</param>
    /// <param name="Rows">Tiles down.</param>
    /// <param name="Step">From tile to tile in level-0 pixels.</param>
    /// <param name="Mean">A coarser pixel is the mean of the finer ones, to the bit; otherwise the decoder shrinks.</param>
    internal sealed record Work(string Name, double Wanted, int Side, int Shrink, int X0, int Y0, int Columns, int Rows, int Step, bool Mean = false)
    {
        internal int Tiles => Columns * Rows;
    }

    private static readonly Work[] Workloads =
    [
        new("256 px, full scale, aligned", 3, 256, 1, 0, 0, 80, 20, 256),
        new("256 px, half scale, no such level", 5, 256, 2, 0, 0, 40, 16, 512),
        new("the same, exact mean (features)", 5, 256, 2, 0, 0, 40, 16, 512, true),
        new("224 px, full scale, unaligned", 2, 224, 1, 100, 100, 90, 18, 224),
    ];

    public static int Run(string[] args)
    {
        if (args is ["one", var one, var mpp])
            return TilesBenchmarkWhole.One(one, double.Parse(mpp, System.Globalization.CultureInfo.InvariantCulture));
        bool wholeOnly = args is ["whole", ..];
        if (wholeOnly)
            args = ["1", .. args[1..]];
        int rounds = args.Length > 0 ? int.Parse(args[0]) : 5;
        if (TilesBenchmarkPython.Find() is not { } python)
        {
            AnsiConsole.WriteLine("python3-openslide is missing: apt-get install python3-openslide");
            return 2;
        }
        var path = args.Length > 1 ? args[1] : Path.Combine(Path.GetTempPath(), $"mhim-bench-{Environment.ProcessId}.svs");
        if (!File.Exists(path))
            TilesBenchmarkSlide.Write(path);
        var giant = Path.Combine(Path.GetTempPath(), $"mhim-bench-{Environment.ProcessId}-giant.svs");
        try
        {
            TilesBenchmarkGiant.Write(giant);
            bool held = wholeOnly || Compare(python, path, rounds);
            return TilesBenchmarkWhole.Run(path, giant) && held ? 0 : 1;
        }
        finally
        {
            File.Delete(giant);
            if (args.Length < 2)
                File.Delete(path);
        }
    }

    private static bool Compare(string python, string path, int rounds)
    {
        int cores = Environment.ProcessorCount;
        using (var slide = SlideFile.Open(path))
            AnsiConsole.WriteLine($"{slide.Info.Vendor}, {slide.Info.Width}×{slide.Info.Height}, levels at {string.Join(", ", slide.Info.Levels.Select(l => $"{l.Downsample:0.##}"))}, {new FileInfo(path).Length / 1e6:0} MB; "
                + $"{(TurboJpeg.Available ? "libturbojpeg" : "SkiaSharp's decoder (libturbojpeg0 is not installed)")}; {TilesBenchmarkPython.Version(python)}; {rounds} rounds");
        AnsiConsole.Profile.Width = 160; // also where the output goes to a file
        var table = new Table().AddColumns("tiles", "threads", "ms/tile here", "python", "bare decoding", "times faster", "(range)", "wanted", "of bare");
        bool all = true;
        foreach (var work in Workloads)
        {
            Ours(path, cores, work); // compiled, and the file in memory
            double bare = Median([.. Enumerable.Range(0, rounds).Select(_ => Bare(path, work))]);
            foreach (int threads in new[] { 1, cores }.Distinct())
            {
                List<double> ours = [], theirs = [], ratios = [];
                for (int round = 0; round < rounds; round++)
                {
                    ours.Add(Ours(path, threads, work));
                    theirs.Add(TilesBenchmarkPython.Seconds(python, path, threads, work));
                    ratios.Add(theirs[^1] / ours[^1]);
                }
                double perTile = Median(ours) / work.Tiles * 1000, ratio = Median(ratios);
                all &= ratio >= work.Wanted;
                table.AddRow(work.Name, $"{threads}", $"{perTile:0.000}", $"{Median(theirs) / work.Tiles * 1000:0.000}", threads == 1 ? $"{bare / work.Tiles * 1000:0.000}" : "",
                    $"{ratio:0.0}", $"{ratios.Min():0.0} to {ratios.Max():0.0}", $"{work.Wanted:0}", threads == 1 ? $"{bare / Median(ours):P0}" : "");
            }
        }
        AnsiConsole.Write(table);
        return all;
    }

    // A new slide each time: nothing decoded before.
    private static double Ours(string path, int threads, Work work)
    {
        using var slide = SlideFile.Open(path);
        var clock = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads).Select(part => new Thread(() =>
        {
            var rgb = new byte[work.Side * work.Side * 3];
            for (int row = work.Rows * part / threads; row < work.Rows * (part + 1) / threads; row++)
                for (int column = 0; column < work.Columns; column++)
                {
                    long x = work.X0 + (long)column * work.Step, y = work.Y0 + (long)row * work.Step;
                    if (work.Mean)
                        SlideRegion.Read(slide, x, y, work.Shrink, work.Side, work.Side, rgb);
                    else if (work.Shrink == 1)
                        slide.ReadRegion(0, x, y, work.Side, work.Side, rgb);
                    else if (!slide.TryReadShrunk(0, work.Shrink, x, y, work.Side, work.Side, rgb))
                        throw new InvalidOperationException("The slide has no JPEG tiles.");
                }
        })).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return clock.Elapsed.TotalSeconds;
    }

    // Every stored tile that the work touches, from memory, decoded once at the wanted size by one thread.
    private static double Bare(string path, Work work)
    {
        using var file = File.OpenHandle(path);
        var directory = TiffFile.ReadDirectories(file)[0];
        var stream = new JpegTileStream(directory);
        var jpegs = new List<byte[]>();
        long lastX = work.X0 + (work.Columns - 1) * work.Step + work.Side * work.Shrink - 1, lastY = work.Y0 + (work.Rows - 1) * work.Step + work.Side * work.Shrink - 1;
        for (long row = work.Y0 / directory.TileHeight; row <= lastY / directory.TileHeight; row++)
            for (long column = work.X0 / directory.TileWidth; column <= lastX / directory.TileWidth; column++)
            {
                long number = row * directory.TilesAcross + column;
                var jpeg = new byte[stream.TileAt + directory.TileByteCounts[number]];
                RandomAccess.Read(file, jpeg.AsSpan(stream.TileAt), directory.TileOffsets[number]);
                if (stream.Complete(jpeg) is not TileOutcome.Decoded)
                    throw new InvalidDataException("No JPEG tile.");
                jpegs.Add(jpeg);
            }
        int shrink = work.Mean ? 1 : work.Shrink, width = directory.TileWidth / shrink, height = directory.TileHeight / shrink;
        var rgb = new byte[width * height * 3];
        var clock = Stopwatch.StartNew();
        foreach (var jpeg in jpegs)
            if (!(TurboJpeg.Available ? TurboJpeg.Decode(jpeg, width, height, rgb) : SkiaJpeg.Decode(jpeg, width, height, rgb)))
                throw new InvalidDataException("A broken tile.");
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
