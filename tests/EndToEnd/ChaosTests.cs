using Mhim.Data.Tests.Postgres;
using Mhim.EndToEnd.Tests.Trials;

namespace Mhim.EndToEnd.Tests;

public sealed class ChaosTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-chaos-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Whoever_is_killed_meanwhile_every_job_ends_once_as_in_a_calm_run_with_the_same_bytes_and_nothing_left_over()
    {
        var chaos = new Chaos(folder, new ChaosOptions(Slides: 5, Blank: 1, TimeSpan.FromSeconds(25), Between: 3), TinyModel.Folder);
        var (wrong, report) = await chaos.RunAsync();
        Assert.True(wrong.Count == 0, string.Join('\n', [.. wrong, .. report]));
    }
}
