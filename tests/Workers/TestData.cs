namespace Mhim.Workers.Tests;

/// <summary>The real slides: where MHIM_TEST_DATA says, or <c>shared/data</c> beside the repository.</summary>
public static class TestData
{
    public static string? Folder { get; } = Find();

    public static string Slide(string name) => Path.Combine(Folder!, "slides", name);

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MHIM_TEST_DATA") is { Length: > 0 } given)
            return Directory.Exists(given) ? given : throw new DirectoryNotFoundException($"MHIM_TEST_DATA names {given}, which is not there.");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "data") is var data && Directory.Exists(data))
                return data;
        return null;
    }
}

/// <summary>Needs the real slides.</summary>
public sealed class SlideFactAttribute : FactAttribute
{
    public SlideFactAttribute() => Skip = TestData.Folder is null ? "shared/data is not there; set MHIM_TEST_DATA" : null;
}

/// <summary>Needs the real slides.</summary>
public sealed class SlideTheoryAttribute : TheoryAttribute
{
    public SlideTheoryAttribute() => Skip = TestData.Folder is null ? "shared/data is not there; set MHIM_TEST_DATA" : null;
}
