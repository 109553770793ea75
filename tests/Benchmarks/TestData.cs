namespace Mhim.Benchmarks;

/// <summary>Finds the real data that is kept beside the repository.</summary>
internal static class TestData
{
    /// <summary>The folder of the environment variable MHIM_TEST_DATA, or <c>shared/data</c> in or beside a folder above.</summary>
    public static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("MHIM_TEST_DATA") is { Length: > 0 } set)
            return Directory.Exists(set) ? set : null;
        foreach (var start in (string[])[Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (Directory.Exists(Path.Combine(folder.FullName, "shared", "data")))
                    return Path.Combine(folder.FullName, "shared", "data");
        return null;
    }
}
