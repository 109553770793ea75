using System.Diagnostics;
using System.Globalization;

namespace Mhim.Benchmarks;

/// <summary>The other side: Debian's python3-openslide with Pillow, one process per core, each with its own handle.</summary>
internal static class TilesBenchmarkPython
{
    // Reads side×side tiles as RGB; reduces by the given factor the fastest way that Pillow has. Prints the seconds of the slowest process,
    // without starting Python and opening the slide.
    private const string Script = """
        import multiprocessing, sys, time
        import openslide

        path, workers, side, reduce, x0, y0, columns, rows, step = sys.argv[1], *map(int, sys.argv[2:])

        def work(part, ready, seconds):
            slide = openslide.OpenSlide(path)
            slide.read_region((0, 0), slide.level_count - 1, (8, 8))
            first, last = rows * part // workers, rows * (part + 1) // workers
            ready.wait()
            began = time.perf_counter()
            for row in range(first, last):
                for column in range(columns):
                    tile = slide.read_region((x0 + column * step, y0 + row * step), 0, (side, side)).convert('RGB')
                    if reduce > 1:
                        tile = tile.reduce(reduce)
            seconds.put(time.perf_counter() - began)

        ready, seconds = multiprocessing.Barrier(workers), multiprocessing.Queue()
        parts = [multiprocessing.Process(target=work, args=(part, ready, seconds)) for part in range(workers)]
        for part in parts:
            part.start()
        print(max(seconds.get() for _ in parts))
        """;

    /// <summary>The interpreter that Debian's packages belong to; null when they are not installed.</summary>
    internal static string? Find()
    {
        const string python = "/usr/bin/python3";
        return File.Exists(python) && Run(python, "-c", "import openslide, PIL; print(openslide.__library_version__)") is not null ? python : null;
    }

    internal static string Version(string python) =>
        Run(python, "-c", "import openslide, PIL; print(f'openslide-python {openslide.__version__}, OpenSlide {openslide.__library_version__}, Pillow {PIL.__version__}')")!.Trim();

    /// <summary>Seconds for a workload.</summary>
    internal static double Seconds(string python, string slide, int workers, TilesBenchmark.Work work) =>
        double.Parse(Run(python, ["-c", Script, slide, .. new[] { workers, work.Side * work.Shrink, work.Shrink, work.X0, work.Y0, work.Columns, work.Rows, work.Step }
            .Select(number => number.ToString(CultureInfo.InvariantCulture))]) ?? throw new InvalidOperationException("python3-openslide failed."), CultureInfo.InvariantCulture);

    private static string? Run(string python, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        errors.Wait();
        return process.ExitCode == 0 ? output : null;
    }
}
