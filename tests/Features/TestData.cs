namespace Mhim.Features.Tests;

/// <summary>Finds the shared data, beside or above the repository or where the environment says.</summary>
static class TestData
{
    public static string? Root { get; } = Find();

    public static string Of(string relative) => Path.Combine(Root!, relative);

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MHIM_TEST_DATA") is { Length: > 0 } named)
            return Directory.Exists(named) ? Path.GetFullPath(named) : throw new DirectoryNotFoundException($"MHIM_TEST_DATA names {named}, which is not there.");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "data") is var here && Directory.Exists(here))
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
