namespace Mhim.Mil.Tests.Golden;

/// <summary>The folder with the recorded trainings: MHIM_GOLDEN, or shared/golden beside a folder above.</summary>
static class GoldenFolder
{
    public static string? Path { get; } = Find();

    public static string[] Files(string pattern) =>
        Path is null ? ["no folder"] : [.. Directory.GetFiles(Path, pattern).Select(f => System.IO.Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MHIM_GOLDEN") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : throw new DirectoryNotFoundException($"MHIM_GOLDEN names {named}, which is not there.");
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
            if (System.IO.Path.Combine(folder, "shared", "golden") is var golden && Directory.Exists(golden))
                return golden;
        return null;
    }
}

/// <summary>A theory that is reported as skipped where there are no recorded trainings.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class GoldenTheoryAttribute : TheoryAttribute
{
    public GoldenTheoryAttribute()
    {
        if (GoldenFolder.Path is null)
            Skip = "No golden files: set MHIM_GOLDEN or keep them in ../shared/golden.";
    }
}
