using Mhim.EndToEnd.Tests;
using Mhim.EndToEnd.Tests.Trials;

namespace Mhim.Benchmarks;

/// <summary>Generated requests against the service's own OpenAPI document.</summary>
static class FuzzApi
{
    public static int Run(string[] args)
    {
        var (count, seed) = (args.Length > 0 ? int.Parse(args[0]) : 3000, args.Length > 1 ? int.Parse(args[1]) : 1);
        if (TestData.Folder() is not { } data)
        {
            Console.Error.WriteLine("It needs the real slides; set MHIM_TEST_DATA.");
            return 2;
        }
        var folder = Directory.CreateTempSubdirectory("mhim-fuzz-").FullName;
        try
        {
            using var fuzz = new ApiFuzz(folder, seed, Console.Error.WriteLine, line => Console.Error.WriteLine($"hung up: {line}"));
            var result = fuzz.RunAsync(count, Path.Combine(data, "slides", "CMU-1-Small-Region.svs"), TinyModel.Folder).GetAwaiter().GetResult();
            ApiFuzz.Print(result, Console.Out);
            foreach (var line in result.Wrong.Take(100))
                Console.WriteLine($"WRONG {line}");
            Console.WriteLine($"{count} requests, seed {seed}: {result.Wrong.Count} wrong");
            return result.Wrong.Count == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
