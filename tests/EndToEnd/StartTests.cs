namespace Mhim.EndToEnd.Tests;

/// <summary>What keeps a process from starting is one sentence that names the setting; what the environment says holds for all commands.</summary>
public sealed class StartTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-start-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static async Task<(int Code, string Error)> RunAsync(Dictionary<string, string> settings, params string[] words)
    {
        using var process = Server.StartProcess(settings, words);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token);
        await output;
        return (process.ExitCode, await error);
    }

    static string Sentence(string error)
    {
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("mhim: ", line);
        return line;
    }

    // Nobody listens on port 1.
    static readonly Dictionary<string, string> Away = new() { ["ConnectionStrings__Postgres"] = "Host=127.0.0.1;Port=1;Database=mhim;Username=mhim;Timeout=2" };

    [Theory]
    [InlineData(2, "serve", "--port", "0")]
    [InlineData(2, "worker")]
    [InlineData(2, "key", "list")]
    [InlineData(1, "health", "--worker")]
    public async Task A_database_that_is_away_is_said_in_a_sentence(int code, params string[] words)
    {
        var run = await RunAsync(new(Away) { ["Mhim__Data"] = folder }, words);

        Assert.Equal(code, run.Code);
        Assert.Contains("ConnectionStrings__Postgres", Sentence(run.Error));
    }

    [Fact]
    public async Task A_log_level_that_nobody_knows_is_said_in_a_sentence()
    {
        var run = await RunAsync(new() { ["Mhim__LogLevel"] = "loud", ["Mhim__Data"] = folder }, "serve", "--port", "0");

        Assert.Equal(2, run.Code);
        Assert.Contains("Mhim:LogLevel", Sentence(run.Error));
    }

    [Fact]
    public async Task Keys_are_those_of_the_service_whose_folder_the_environment_names()
    {
        Dictionary<string, string> settings = new() { ["Mhim__Data"] = Path.Combine(folder, "data") };
        var none = await RunAsync(settings, "key", "list");
        Assert.Equal(2, none.Code);
        Assert.Contains("--data", Sentence(none.Error));
        Assert.False(Directory.Exists(settings["Mhim__Data"]));

        Assert.Equal(0, (await RunAsync(settings, "key", "create", "--name", "Dr. Kim", "--role", "admin")).Code);
        Assert.True(File.Exists(Path.Combine(settings["Mhim__Data"], "mhim.db")));
        Assert.Equal(0, (await RunAsync(settings, "key", "list")).Code);
    }
}
