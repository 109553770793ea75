using System.Diagnostics;
using System.Security.Cryptography;
using Mhim.Tiling.Synthetic;

namespace Mhim.Benchmarks;

/// <summary>
/// <c>mhim extract</c> on a folder of 40 small slides: killed (-9) ten times at random and started again, it ends with the bytes of an undisturbed run;
/// so do two processes at once. A kill comes when starting is over, within a tenth of what the slides themselves take, so that all ten
/// fall into the work.
/// </summary>
static class ExtractKill
{
    const int Slides = 40, Kills = 10;

    public static int Run(string[] args)
    {
        var random = new Random(args.Length > 0 ? int.Parse(args[0]) : 1);
        var folder = Directory.CreateTempSubdirectory("mhim-kill-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "slides"));
            Parallel.For(0, Slides, i => new SyntheticSlide($"s{i:00}", $"c{i:00}", SyntheticCohort.Normal, SyntheticScanner.Alpha, 1300, 1100, (ulong)(i + 1))
                .Write(Path.Combine(folder, $"slides/s{i:00}.tif"), Path.Combine(folder, $"truth/s{i:00}.png")));
            var clock = Stopwatch.StartNew();
            Require(Extract(folder, "alone").Ended() == 0, "the undisturbed run failed");
            var undisturbed = clock.Elapsed;
            clock.Restart();
            Require(Extract(folder, "alone").Ended() == 0, "a run with nothing left to do failed");
            var starting = clock.Elapsed;
            var work = Math.Max(0, (undisturbed - starting).TotalSeconds);
            Console.WriteLine($"undisturbed: {Slides} slides in {undisturbed.TotalSeconds:0.0} s, of which {starting.TotalSeconds:0.0} s with nothing left to do");

            int killed = 0, made = 0;
            while (killed < Kills)
            {
                using var run = Extract(folder, "killed");
                var after = TimeSpan.FromSeconds(starting.TotalSeconds + random.NextDouble() * work / Kills);
                if (run.WaitForExit(after))
                    break;
                run.Kill(entireProcessTree: true);
                run.WaitForExit();
                killed++;
                made = Directory.Exists(Path.Combine(folder, "killed")) ? Directory.EnumerateFiles(Path.Combine(folder, "killed"), "*.h5").Count() : 0;
                Console.WriteLine($"kill {killed} after {after.TotalSeconds:0.0} s: {made} feature files, {Temporaries(folder, "killed")} temporary");
            }
            Require(killed == Kills, $"it was finished after {killed} kills: slides too fast for this trial");
            Require(Extract(folder, "killed").Ended() == 0, "the last run failed");
            bool same = Same(folder, "alone", "killed");
            Console.WriteLine($"after {killed} kills, {made} files before the last run: {(same ? "byte-identical" : "DIFFERENT")}");

            clock.Restart();
            using (Process first = Extract(folder, "two"), second = Extract(folder, "two"))
                Require(first.Ended() == 0 & second.Ended() == 0, "one of two failed");
            bool two = Same(folder, "alone", "two");
            Console.WriteLine($"two processes at once: {clock.Elapsed.TotalSeconds:0.0} s, {(two ? "byte-identical" : "DIFFERENT")}");
            return same && two ? 0 : 1;
        }
        catch (InvalidOperationException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static Process Extract(string folder, string into)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])[Path.Combine(AppContext.BaseDirectory, "mhim.dll"), "extract", "slides", "--out", into])
            start.ArgumentList.Add(word);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    static int Ended(this Process process)
    {
        process.WaitForExit();
        return process.ExitCode;
    }

    static int Temporaries(string folder, string dir) => Directory.Exists(Path.Combine(folder, dir))
        ? Directory.EnumerateFiles(Path.Combine(folder, dir), "*.mhim-tmp-*", SearchOption.AllDirectories).Count() : 0;

    static bool Same(string folder, string one, string other) => Outputs(Path.Combine(folder, one)).SequenceEqual(Outputs(Path.Combine(folder, other)));

    // Everything but the report, whose seconds differ.
    static List<(string, string)> Outputs(string dir) =>
        [.. Directory.EnumerateFiles(dir, "*", SearchOption.AllDirectories).Where(file => !Path.GetFileName(file).StartsWith("report.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(file => (Path.GetRelativePath(dir, file), Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))))];

    static void Require(bool holds, string sentence)
    {
        if (!holds)
            throw new InvalidOperationException(sentence);
    }
}
