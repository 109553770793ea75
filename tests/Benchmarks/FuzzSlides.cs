using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Spectre.Console;

namespace Mhim.Benchmarks;

/// <summary>
/// Mutated slide files: bytes flipped, files cut, tags changed. Each is opened, looked at, searched for tissue, tiled and encoded in a process that may die. What
/// must not happen: a crash, a hang over 10 s, more than 1 GB, an error without a type.
/// </summary>
internal static class FuzzSlides
{
    private const long MostBytes = 1L << 30, KillBytes = 3L << 30;
    // Of the processor, so that a busy machine is no hang; a file that waits for something is one after a minute.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10), LongestWait = TimeSpan.FromMinutes(1);

    private sealed record Case(int Number, string Seed, string Kind, string Path);

    private sealed record Verdict(Case Case, string Word, long Bytes, double Seconds);

    /// <param name="args">How many (2000), and `only N` for one case, whose files are kept; `child` for the process that opens them.</param>
    public static int Run(string[] args)
    {
        if (args is ["child"])
            return FuzzSlidesChild.Run();
        int only = args is ["only", var number] ? int.Parse(number) : -1, count = only >= 0 ? only + 1 : args.Length > 0 ? int.Parse(args[0]) : 2000;
        var seeds = FuzzSlidesSeeds.Make();
        var folder = Directory.CreateTempSubdirectory("mhim-fuzz-").FullName;
        var clock = Stopwatch.StartNew();
        var verdicts = new ConcurrentBag<Verdict>();
        int next = only >= 0 ? only : -seeds.Count; // below 0: the healthy ones
        Parallel.For(0, Math.Min(Environment.ProcessorCount, 8), new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var child = new Child();
            for (int mine; (mine = Interlocked.Increment(ref next) - 1) < count;)
            {
                var made = Make(mine, seeds, folder);
                verdicts.Add(child.Judge(made));
                if (only < 0)
                    Directory.Delete(Path.Combine(folder, $"{mine}"), recursive: true);
            }
        });
        if (only < 0)
            Directory.Delete(folder, recursive: true);
        return Report([.. verdicts.OrderBy(v => v.Case.Number)], clock.Elapsed, seeds.Count) ? 0 : 1;
    }

    private static Case Make(int number, List<FuzzSlidesSeeds.Seed> seeds, string folder)
    {
        var random = new Random(unchecked(number * 7919 + 17));
        var lots = seeds.SelectMany(seed => Enumerable.Repeat(seed, seed.Weight)).ToList();
        var seed = number < 0 ? seeds[~number] : lots[random.Next(lots.Count)];
        int kind = random.Next(FuzzSlidesMutation.Kinds.Length), mutated = number < 0 ? -1 : random.Next(seed.Files.Count);
        var here = Path.Combine(folder, $"{number}");
        for (int i = 0; i < seed.Files.Count; i++)
        {
            var path = Path.Combine(here, seed.Files[i].Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, i == mutated ? FuzzSlidesMutation.Apply(seed.Files[i].Content, kind, random) : seed.Files[i].Content);
        }
        return new Case(number, seed.Name, number < 0 ? "healthy" : FuzzSlidesMutation.Kinds[kind], Path.Combine(here, seed.Files[0].Path));
    }

    private static bool Report(List<Verdict> all, TimeSpan took, int seeds)
    {
        var bad = all.Where(v => v.Word[0] == '!' || v.Bytes > MostBytes || v.Seconds > Longest.TotalSeconds).ToList();
        var mutants = all.Where(v => v.Case.Number >= 0).ToList();
        AnsiConsole.Profile.Width = 160;
        var table = new Table().AddColumns("slide", "files", "whole bag", "ledger", "typed error", "crash", "hang", "over 1 GB", "untyped", "most MB", "longest s");
        foreach (var group in mutants.GroupBy(v => v.Case.Seed).OrderBy(g => g.Key, StringComparer.Ordinal))
            table.AddRow(Row(group.Key, [.. group]));
        table.AddRow(Row("all", mutants));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(string.Join(", ", mutants.Where(v => v.Word[0] != '!').GroupBy(v => v.Word).OrderByDescending(g => g.Count()).Select(g => $"{g.Key} {g.Count()}")));
        AnsiConsole.WriteLine(string.Join(", ", mutants.GroupBy(v => v.Case.Kind).Select(g => $"{g.Key} {g.Count()}")));
        foreach (var healthy in all.Where(v => v.Case.Number < 0))
            Console.WriteLine($"healthy {healthy.Case.Seed}: {healthy.Word}, {healthy.Bytes >> 20} MB, {healthy.Seconds:0.0} s");
        foreach (var one in bad)
            Console.WriteLine($"case {one.Case.Number} ({one.Case.Seed}, {one.Case.Kind}): {one.Word}, {one.Bytes >> 20} MB, {one.Seconds:0.0} s; again with: fuzz-slides only {one.Case.Number}  {one.Case.Path}");
        Console.WriteLine($"{mutants.Count} files in {took.TotalSeconds:0} s: {bad.Count} that must not be; {all.Count - mutants.Count} of {seeds} healthy seeds before them.");
        return bad.Count == 0;
    }

    private static string[] Row(string name, List<Verdict> of)
    {
        int Count(Func<Verdict, bool> which) => of.Count(which);
        return [name, $"{of.Count}", $"{Count(v => v.Word == "whole")}", $"{Count(v => v.Word == "ledger")}", $"{Count(v => v.Word[0] != '!' && v.Word is not ("whole" or "ledger"))}",
            $"{Count(v => v.Word.StartsWith("!crash", StringComparison.Ordinal))}", $"{Count(v => v.Seconds > Longest.TotalSeconds)}", $"{Count(v => v.Bytes > MostBytes)}",
            $"{Count(v => v.Word[0] == '!' && !v.Word.StartsWith("!crash", StringComparison.Ordinal) && !v.Word.StartsWith("!hang", StringComparison.Ordinal))}",
            $"{of.Max(v => v.Bytes) >> 20}", $"{of.Max(v => v.Seconds):0.0}"];
    }

    /// <summary>A process that opens one file after the other, until it dies or has to be killed; then there is a new one.</summary>
    private sealed class Child : IDisposable
    {
        private Process? process;
        private string errors = "";

        internal Verdict Judge(Case one)
        {
            var running = process ??= Start();
            var clock = Stopwatch.StartNew();
            var before = running.TotalProcessorTime;
            running.StandardInput.WriteLine(one.Path);
            running.StandardInput.Flush();
            var answer = running.StandardOutput.ReadLineAsync();
            long seen = 0;
            while (!answer.Wait(50))
            {
                var (resident, worked) = Use(running, before);
                seen = Math.Max(seen, resident);
                bool hangs = worked > Longest || clock.Elapsed > LongestWait;
                if (hangs || seen > KillBytes)
                {
                    running.Kill();
                    running.WaitForExit();
                    process = null;
                    return new Verdict(one, hangs ? "!hang" : "!memory", seen, hangs ? Math.Max(Longest.TotalSeconds + 0.1, worked.TotalSeconds) : worked.TotalSeconds);
                }
            }
            if (answer.Result?.Split('\t') is [var word, var bytes])
                return new Verdict(one, word, long.Parse(bytes, CultureInfo.InvariantCulture), Use(running, before).Worked.TotalSeconds);
            running.WaitForExit();
            process = null;
            return new Verdict(one, $"!crash with {running.ExitCode}: {errors.Trim().ReplaceLineEndings(" ")}", seen, clock.Elapsed.TotalSeconds);
        }

        private Process Start()
        {
            errors = "";
            var here = Environment.ProcessPath!;
            string[] program = Path.GetFileNameWithoutExtension(here) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
            var started = Process.Start(new ProcessStartInfo(here, [.. program, "fuzz-slides", "child"])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
                // A child's own dump of a crash would fill the disk.
                Environment = { ["DOTNET_DbgEnableMiniDump"] = "0", ["DOTNET_gcServer"] = "0" },
            })!;
            started.ErrorDataReceived += (_, line) => errors = (errors + " " + line.Data) is var text && text.Length > 600 ? text[^600..] : text;
            started.BeginErrorReadLine();
            return started;
        }

        private static (long Resident, TimeSpan Worked) Use(Process of, TimeSpan before)
        {
            try
            {
                of.Refresh();
                return (of.WorkingSet64, of.TotalProcessorTime - before);
            }
            catch (InvalidOperationException) // it has just died
            {
                return default;
            }
        }

        public void Dispose()
        {
            if (process is not { } running)
                return;
            running.StandardInput.Close();
            running.WaitForExit();
            running.Dispose();
        }
    }
}
