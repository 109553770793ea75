using System.Diagnostics;

namespace Mhim.Features.Tests;

/// <summary>Python's HDF5 library, as every other tool of the field uses it (Debian's python3-h5py; ./test installs it).</summary>
static class H5Py
{
    public const string Python = "/usr/bin/python3";

    public static bool IsThere { get; } = File.Exists(Python) && TryRun("import h5py, numpy", out _);

    /// <summary>Runs a script with h5py, numpy (np) and json imported; the folder is its working directory.</summary>
    /// <returns>What it printed.</returns>
    public static string Run(string folder, string script)
    {
        Assert.True(TryRun("import h5py, json, numpy as np\n" + script, out var output, folder), output);
        return output.Trim();
    }

    static bool TryRun(string script, out string output, string? folder = null)
    {
        var start = new ProcessStartInfo(Python) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            output += error.Result;
        return process.ExitCode == 0;
    }
}

/// <summary>A test that needs h5py; skipped where it is not installed.</summary>
public sealed class H5PyFactAttribute : FactAttribute
{
    public H5PyFactAttribute()
    {
        if (!H5Py.IsThere)
            Skip = "needs Debian's python3-h5py";
    }
}

/// <summary>The same with inline data.</summary>
public sealed class H5PyTheoryAttribute : TheoryAttribute
{
    public H5PyTheoryAttribute()
    {
        if (!H5Py.IsThere)
            Skip = "needs Debian's python3-h5py";
    }
}
