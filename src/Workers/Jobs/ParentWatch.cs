using System.Runtime.InteropServices;

namespace Mhim.Workers.Jobs;

/// <summary>
/// Ends a child process when its parent ends. PR_SET_PDEATHSIG would follow the parent's thread, not its process; the closing of
/// standard input follows the process.
/// </summary>
static partial class ParentWatch
{
    /// <summary>Starts watching; from now on the end of standard input is the end of this process.</summary>
    public static void Start()
    {
        // The kernel's choice when memory runs out: the child, not the server.
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "500");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
        // A group of its own, so that at the end whatever this process has started ends with it.
        var alone = SetGroup(0, 0) == 0;
        var input = Console.OpenStandardInput();
        new Thread(() =>
        {
            try
            {
                Span<byte> buffer = stackalloc byte[64];
                while (input.Read(buffer) > 0)
                {
                }
            }
            catch (IOException)
            {
            }
            // Not Environment.Exit: that waits for native code and runs handlers, and a successor may already be at work.
            Kill(alone ? 0 : Environment.ProcessId, 9); // 0: this process's group
        })
        { IsBackground = true, Name = "parent watch" }.Start();
    }

    [LibraryImport("libc", EntryPoint = "setpgid")]
    private static partial int SetGroup(int process, int group);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
