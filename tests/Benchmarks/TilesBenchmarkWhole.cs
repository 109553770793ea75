using System.Diagnostics;
using System.Globalization;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Benchmarks;

/// <summary>
/// A whole slide to <c>stain-texture</c> features in a process of its own: seconds, tiles a second, how long the encoder is at work, peak memory.
/// Of the extraction's wall time: the share in which at least one batch is being encoded. Of the cores' time: the share spent encoding.
/// </summary>
internal static class TilesBenchmarkWhole
{
    private const double LeastBusy = 0.9, MostMegabytes = 1000;

    internal static bool Run(string path, string giant)
    {
        Console.WriteLine($"{"slide",-20}{"tiles",8}{"tissue s",10}{"extract s",11}{"tiles/s",9}{"encoder busy",14}{"of core time",14}{"peak MB",9}");
        double[] first = Print("20,480²", path, 0.5), second = Print("100,000²", giant, 0.5);
        bool busy = first[4] >= LeastBusy, small = second[6] < MostMegabytes;
        Console.WriteLine($"encoder busy {first[4]:P1}, wanted {LeastBusy:P0}: {(busy ? "held" : "falls short")}; 100,000² in {second[6]:0} MB, wanted under {MostMegabytes:0}: {(small ? "held" : "falls short")}");
        return busy && small;
    }

    private static double[] Print(string name, string path, double mpp)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(TilesBenchmarkWhole).Assembly.Location, "tiles", "one", path, mpp.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        using var child = Process.Start(start)!;
        var text = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"The process that reads {name} ended with {child.ExitCode}.");
        var n = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        Console.WriteLine($"{name,-20}{n[0],8:0}{n[1],10:0.0}{n[2],11:0.0}{n[3],9:0}{n[4],14:P1}{n[5],14:P1}{n[6],9:0}");
        return n;
    }

    /// <summary>The child: prints tiles, seconds of tissue and grid, seconds of extraction, tiles/s, the two shares, MB.</summary>
    internal static int One(string path, double mpp)
    {
        using var slide = SlideFile.Open(path);
        var clock = Stopwatch.StartNew();
        var grid = TileGrid.Cut(slide, "bench", TissueFinder.Find(slide, new TissueOptions()), new GridOptions { Mpp = mpp });
        double tissue = clock.Elapsed.TotalSeconds;
        using var encoder = new Watched(EncoderCatalog.Open("stain-texture"));
        clock.Restart();
        var bag = FeatureExtractor.Extract(slide, grid, encoder, new ExtractOptions());
        double seconds = clock.Elapsed.TotalSeconds;
        var peak = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{bag.Coords.Length} {tissue} {seconds} {bag.Coords.Length / seconds} {encoder.AnySeconds / seconds} {encoder.Seconds / seconds / Environment.ProcessorCount} {double.Parse(peak, CultureInfo.InvariantCulture) / 1024}"));
        return 0;
    }

    /// <summary>An encoder that notes when it is at work.</summary>
    private sealed class Watched(IPatchEncoder inner) : IPatchEncoder
    {
        private readonly Lock _gate = new();
        private int _running;
        private long _since, _any, _sum;

        public EncoderInfo Info => inner.Info;

        /// <summary>Seconds with at least one batch under way.</summary>
        internal double AnySeconds => Stopwatch.GetElapsedTime(0, _any).TotalSeconds;

        /// <summary>Seconds of all batches together.</summary>
        internal double Seconds => Stopwatch.GetElapsedTime(0, _sum).TotalSeconds;

        public void Encode(ReadOnlySpan<byte> tiles, int count, Span<float> features)
        {
            long begun = Stopwatch.GetTimestamp();
            lock (_gate)
                if (_running++ == 0)
                    _since = begun;
            inner.Encode(tiles, count, features);
            long ended = Stopwatch.GetTimestamp();
            lock (_gate)
            {
                _sum += ended - begun;
                if (--_running == 0)
                    _any += ended - _since;
            }
        }

        public void Dispose() => inner.Dispose();
    }
}
