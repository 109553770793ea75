namespace Mhim.Tiling.Tests;

/// <summary>Where the real slides are: <c>MHIM_TEST_DATA</c>, or <c>shared/data</c> in or beside a folder above the tests.</summary>
static class TestSlides
{
    internal static string? Data { get; } = Find();

    internal static string Of(string name) => Path.Combine(Data!, "slides", name);

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MHIM_TEST_DATA") is { Length: > 0 } set)
            return Directory.Exists(set) ? set : throw new DirectoryNotFoundException($"MHIM_TEST_DATA names {set}, which is not there.");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            foreach (var candidate in new[] { Path.Combine(folder.FullName, "shared", "data"), Path.Combine(folder.FullName, "..", "shared", "data") })
                if (Directory.Exists(candidate))
                    return Path.GetFullPath(candidate);
        return null;
    }
}

/// <summary>A test that needs the real slides; reported as skipped where they are not.</summary>
sealed class SlideFactAttribute : Xunit.FactAttribute
{
    public SlideFactAttribute()
    {
        if (TestSlides.Data is null)
            Skip = "There is no shared/data and MHIM_TEST_DATA is not set.";
    }
}

/// <summary>The same with inline data.</summary>
sealed class SlideTheoryAttribute : Xunit.TheoryAttribute
{
    public SlideTheoryAttribute()
    {
        if (TestSlides.Data is null)
            Skip = "There is no shared/data and MHIM_TEST_DATA is not set.";
    }
}
