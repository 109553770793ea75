using System.Diagnostics;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>What trials do with the program's own command line.</summary>
static class ServerProcess
{
    /// <summary>Makes a key straight in the rows.</summary>
    public static async Task<string> KeyAsync(string data, string role, Dictionary<string, string>? settings = null)
    {
        using var process = Server.StartProcess(settings ?? [], "key", "create", "--name", role, "--role", role, "--data", data);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? (await output).Trim() : throw new InvalidOperationException(await error);
    }

    /// <summary>Bytes that a process holds in memory; 0 when it is gone.</summary>
    public static long Resident(int process)
    {
        try
        {
            return long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1]) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
