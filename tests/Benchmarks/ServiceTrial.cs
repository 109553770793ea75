using System.Diagnostics;
using System.Globalization;

namespace Mhim.Benchmarks;

/// <summary>What a service must bear: large uploads, many viewers, jobs at once.</summary>
static class ServiceTrial
{
    public static int Run(string[] args)
    {
        if (TestData.Folder() is not { } data)
        {
            Console.Error.WriteLine("It needs the real slides; set MHIM_TEST_DATA.");
            return 2;
        }
        var slide = Path.Combine(data, "slides", "CMU-1-Small-Region.svs");
        var gigabytes = args.Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out var value) ? value : 0).FirstOrDefault(value => value > 0, 5);
        var folder = Directory.CreateTempSubdirectory("mhim-service-").FullName;
        try
        {
            var all = !args.Any(word => word is "upload" or "viewers" or "start");
            var holds = true;
            foreach (var (name, run) in new (string, Func<Task<bool>>)[]
                     { ("upload", new ServiceUpload(folder, slide, gigabytes).RunAsync), ("viewers", new ServiceViewers(folder, slide).RunAsync), ("start", new ServiceJobStart(folder).RunAsync) })
                if (all || args.Contains(name))
                {
                    var held = run().GetAwaiter().GetResult();
                    Console.WriteLine($"{name}: {(held ? "holds" : "DOES NOT HOLD")}\n");
                    // What uploads left in memory is on the disk before anything else is timed.
                    using var flush = Process.Start("sync");
                    flush.WaitForExit();
                    holds &= held;
                }
            return holds ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
