using System.Globalization;
using Mhim.EndToEnd.Tests;
using Mhim.EndToEnd.Tests.Trials;

namespace Mhim.Benchmarks;

/// <summary>Sixty jobs while processes are killed.</summary>
static class ChaosTrial
{
    public static int Run(string[] args)
    {
        var (minutes, seed) = (args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 10, args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1);
        var folder = Directory.CreateTempSubdirectory("mhim-chaos-").FullName;
        try
        {
            var options = new ChaosOptions(Slides: 21, Blank: 3, TimeSpan.FromMinutes(minutes), Between: 4, seed);
            var (wrong, report) = new Chaos(folder, options, TinyModel.Folder, Console.Error.WriteLine).RunAsync().GetAwaiter().GetResult();
            foreach (var line in report)
                Console.WriteLine(line);
            foreach (var line in wrong.Take(50))
                Console.WriteLine($"WRONG {line}");
            Console.WriteLine($"{minutes:0.#} minutes, seed {seed}: {wrong.Count} wrong");
            return wrong.Count == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
