using Mhim.EndToEnd.Tests.Trials;
using Mhim.Workers.Tests;

namespace Mhim.EndToEnd.Tests;

public sealed class ApiFuzzTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-fuzz-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SlideFact]
    public async Task Generated_requests_get_no_server_error_nothing_that_is_not_theirs_and_leave_nothing_behind()
    {
        using var fuzz = new ApiFuzz(folder, 11);
        var result = await fuzz.RunAsync(200, TestData.Slide("CMU-1-Small-Region.svs"), TinyModel.Folder);
        Assert.Empty(result.Wrong);
        // Every operation of the document was asked for, and it was not all refused at the door.
        Assert.All(result.Counts, pair => Assert.NotEmpty(pair.Value));
        Assert.Contains(result.Counts.Values, row => row.Keys.Any(status => status is >= 200 and < 300));
        Assert.Contains(result.Counts.Values, row => row.ContainsKey(403));
    }
}
