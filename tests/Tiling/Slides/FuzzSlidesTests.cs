using System.Diagnostics;

namespace Mhim.Tiling.Tests.Slides;

public sealed class FuzzSlidesTests
{
    /// <summary>The first of the 2,000 of <c>./bench fuzz-slides</c>, by the same program: a process that may die opens them.</summary>
    [Fact]
    public void Mutated_slides_crash_nothing_hang_nothing_and_are_refused_by_a_typed_error_or_named_in_the_ledger()
    {
        // .../tests/Tiling/bin/Release/net10.0/linux-x64/
        var program = AppContext.BaseDirectory.Replace($"{Path.DirectorySeparatorChar}Tiling{Path.DirectorySeparatorChar}bin", $"{Path.DirectorySeparatorChar}Benchmarks{Path.DirectorySeparatorChar}bin");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(program, "mhim-bench.dll"), "fuzz-slides", "60"])
        {
            RedirectStandardOutput = true,
            Environment = { ["MHIM_TEST_DATA"] = TestSlides.Data },
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("60 files", output);
        Assert.Contains("0 that must not be", output);
    }
}
