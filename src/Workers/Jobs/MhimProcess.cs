using System.Diagnostics;

namespace Mhim.Workers.Jobs;

/// <summary>How this program starts itself: the same host, the <c>mhim.dll</c> that lies in the same folder.</summary>
static class MhimProcess
{
    /// <summary>What to start: all three streams redirected, glibc told to keep big blocks (libtorch asks for them at every step).</summary>
    /// <param name="arguments">Words of the command line.</param>
    public static ProcessStartInfo StartOf(params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(Host)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "mhim.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // As build/setup.sh has it, and why.
        start.Environment.TryAdd("MALLOC_MMAP_THRESHOLD_", (32L << 20).ToString());
        start.Environment.TryAdd("MALLOC_TRIM_THRESHOLD_", (4L << 30).ToString());
        start.Environment.TryAdd("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
        start.Environment.TryAdd("GOMP_SPINCOUNT", "3000");
        return start;
    }

    /// <summary>The dotnet host of this process, unless this process is something else (a test runner).</summary>
    public static string Host =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path
        : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? FindOnPath() ?? "/usr/bin/dotnet";

    static string? FindOnPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "dotnet")).FirstOrDefault(File.Exists);

    /// <summary>Runs to the end.</summary>
    /// <returns>Exit code and both outputs.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(CancellationToken cancel, params string[] arguments)
    {
        using var process = Process.Start(StartOf(arguments))!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        try
        {
            await process.WaitForExitAsync(cancel);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
