using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>The folder of a finished run.</summary>
public static class RunFolder
{
    static readonly string[] Results = ["run.json", "seeds.json"];

    /// <summary>The result that a folder holds, of one run or of several seeds: <c>run.json</c>, <c>seeds.json</c> or null.</summary>
    public static string? Holds(string folder) => Results.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>Refuses a folder that is no run yet but holds split files: they are somebody's own, and a run writes its splits in their place.</summary>
    /// <exception cref="InputException"><c>out-in-use</c>.</exception>
    public static void RequireNoForeignSplits(string folder)
    {
        if (Holds(folder) is null && !File.Exists(Path.Combine(folder, RunFingerprint.FileName)) && SplitFiles.NamesIn(SplitsOf(folder)) is [var first, ..])
            throw new InputException("out-in-use",
                $"`{SplitsOf(folder)}` holds `{first}`, but `{folder}` is no run yet: a run writes its own splits there, in the place of those. Name another folder, or move them away.");
    }

    static readonly string[] OwnFiles = ["run", "seeds", "options", "fingerprint", "metrics", "report", "predictions"];

    /// <summary>Removes what a killed training was writing, however young; for whoever has the folder to himself. Temporary files of others, such as features that are being extracted beside the run, stay.</summary>
    public static void SweepTemporaries(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var own in Directory.GetDirectories(folder, "fold-*").Append(SplitsOf(folder)))
            AtomicFile.SweepTemporaries(own, TimeSpan.Zero);
        foreach (var file in Directory.GetFiles(folder, "*" + AtomicFile.TemporaryMark + "*"))
            if (OwnFiles.Contains(Path.GetFileName(file).Split(AtomicFile.TemporaryMark)[0]))
                File.Delete(file);
        foreach (var seed in Directory.GetDirectories(folder, "seed-*"))
            SweepTemporaries(seed);
    }

    /// <summary>Where a run writes its splits.</summary>
    public static string SplitsOf(string folder) => Path.Combine(folder, "splits");

    /// <summary>Writes <c>run.json</c> anew, with what its report came to know.</summary>
    public static void Write(string folder, RunResult result) => MilJson.Write(Path.Combine(folder, "run.json"), result);

    /// <summary>Reads <c>run.json</c>.</summary>
    /// <exception cref="InputException"><c>run-missing</c>, <c>run-unreadable</c>.</exception>
    public static RunResult Read(string folder)
    {
        var file = Path.Combine(folder, "run.json");
        if (File.Exists(file))
            return MilJson.Read<RunResult>(file, "run-unreadable");
        throw new InputException("run-missing", Directory.Exists(folder) && Directory.EnumerateDirectories(folder, "seed-*").Order().FirstOrDefault() is { } seed
            ? $"`{folder}` holds a run of several seeds; name one of them, such as `{seed}`."
            : $"There is no finished run in `{folder}`: it has no run.json.");
    }
}
