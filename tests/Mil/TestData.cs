namespace Mhim.Mil.Tests;

/// <summary>Finds the shared data, beside or above the repository or where the environment says.</summary>
internal static class TestData
{
    public static string? Root { get; } = Find("MHIM_TEST_DATA", "data");

    public static string? Golden { get; } = Find("MHIM_GOLDEN", "golden");

    public static string Of(string relative) => Path.Combine(Root!, relative);

    private static string? Find(string variable, string name)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
            return Directory.Exists(named) ? Path.GetFullPath(named) : throw new DirectoryNotFoundException($"{variable} names {named}, which is not there.");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", name) is var here && Directory.Exists(here))
                return here;
        return null;
    }
}

/// <summary>A test that needs the shared data; skipped where there is none.</summary>
public sealed class DataFactAttribute : FactAttribute
{
    public DataFactAttribute()
    {
        if (TestData.Root is null)
            Skip = "needs ../shared/data (or MHIM_TEST_DATA)";
    }
}

/// <summary>A test that needs the recorded reference behaviour; skipped where there is none.</summary>
public sealed class GoldenFactAttribute : FactAttribute
{
    public GoldenFactAttribute()
    {
        if (TestData.Golden is null)
            Skip = "needs ../shared/golden (or MHIM_GOLDEN)";
    }
}
