using System.Diagnostics;
using Mhim.Features.Files;

namespace Mhim.EndToEnd.Tests;

/// <summary>The newcomer's command on a small cohort; the full one and its figures: <c>./mhim demo</c>.</summary>
public sealed class DemoTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-demo-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    async Task<(int ExitCode, string Output, string Error)> DemoAsync()
    {
        using var process = Server.StartProcess("demo", "--out", folder, "--slides", "24");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(30)).Token);
        return (process.ExitCode, await output, await error);
    }

    [Fact]
    public async Task A_demo_that_was_killed_goes_on_ends_with_its_table_and_skips_what_is_done_when_run_again()
    {
        using (var process = Server.StartProcess("demo", "--out", folder, "--slides", "24"))
        {
            _ = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            var features = Path.Combine(folder, "features");
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(15) && !process.HasExited && !(Directory.Exists(features) && Directory.GetFiles(features, "*.h5").Length > 3);)
                await Task.Delay(50);
            Assert.False(process.HasExited);
            process.Kill();
            await process.WaitForExitAsync();
        }
        var kept = Directory.GetFiles(Path.Combine(folder, "slides"), "*.tif").ToDictionary(path => path, File.GetLastWriteTimeUtc);
        Assert.Equal(24, kept.Count);

        var (exitCode, output, error) = await DemoAsync();
        Assert.True(exitCode == 0, error);
        var report = Path.Combine(folder, "report.html");
        Assert.Contains("24 are there", error);
        Assert.Contains("MHIM on AB-MIL", output);
        Assert.Contains(report, output);
        Assert.True(File.Exists(report));
        Assert.All(kept, slide => Assert.Equal(slide.Value, File.GetLastWriteTimeUtc(slide.Key)));
        Assert.Equal(24, Directory.GetFiles(Path.Combine(folder, "predictions"), "heatmap.png", SearchOption.AllDirectories).Length);
        Assert.Equal(["card.json", "config.json", "model.safetensors"], Directory.GetFiles(Path.Combine(folder, "model")).Select(Path.GetFileName).Order());
        // What the killed run left under a temporary name is gone or was never a finished file's name.
        Assert.DoesNotContain(Directory.GetFiles(folder, "*.h5", SearchOption.AllDirectories),
            path => !path.Contains(AtomicFile.TemporaryMark) && new FileInfo(path).Length == 0);

        var trained = Directory.GetFiles(Path.Combine(folder, "run"), "model.safetensors", SearchOption.AllDirectories).ToDictionary(path => path, File.GetLastWriteTimeUtc);
        var (againCode, again, _) = await DemoAsync();
        Assert.Equal(0, againCode);
        Assert.Equal(TableOf(output), TableOf(again));
        Assert.All(trained, model => Assert.Equal(model.Value, File.GetLastWriteTimeUtc(model.Key)));
    }

    static string[] TableOf(string output) => [.. output.Split('\n').Where(line => line.Contains("AB-MIL"))];
}
