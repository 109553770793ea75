using Mhim.Data;

namespace Mhim.Workers.Tests.Commands;

public sealed class MigrateTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-migrate-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_folder_without_a_service_and_one_that_is_served_are_refused()
    {
        var (code, _, error) = await Mhim.InAsync(folder, "migrate", "--from-sqlite", folder, "--to", "Host=127.0.0.1");
        Assert.Equal(2, code);
        Assert.Contains("no data folder of a service", error);

        await new MhimContextFactory(new DataOptions(folder)).MigrateAsync();
        using var served = DataFolderLock.TryTake(folder);
        (code, _, error) = await Mhim.InAsync(folder, "migrate", "--from-sqlite", folder, "--to", "Host=127.0.0.1");
        Assert.Equal(2, code);
        Assert.Contains("stop it first", error);
    }
}
