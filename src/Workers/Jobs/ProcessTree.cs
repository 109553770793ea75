using System.Globalization;

namespace Mhim.Workers.Jobs;

/// <summary>What the kernel says of a process and its descendants, under <c>/proc</c>; nothing where there is none.</summary>
static class ProcessTree
{
    /// <summary>Bytes that a process and its descendants hold in memory; 0 when they are gone.</summary>
    public static long Resident(int process)
    {
        long bytes = 0;
        var open = new Stack<int>([process]);
        while (open.TryPop(out var next))
        {
            bytes += ResidentOf(next);
            foreach (var child in ChildrenOf(next))
                open.Push(child);
        }
        return bytes;
    }

    /// <summary>
    /// How many processes the kernel has ended for memory since it started, on this machine and in this container. It rises a moment before such a process is gone,
    /// so a process that ends by signal 9 while it rises was one of them.
    /// </summary>
    public static long EndedForMemory() => Count("/proc/vmstat") + Count("/sys/fs/cgroup/memory.events");

    static long Count(string path)
    {
        try
        {
            return File.ReadLines(path).Where(line => line.StartsWith("oom_kill ", StringComparison.Ordinal))
                .Select(line => long.Parse(line.AsSpan(9), CultureInfo.InvariantCulture)).FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0;
        }
    }

    static long ResidentOf(int process)
    {
        try
        {
            // Pages: all, resident, shared, ...
            return long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    // The kernel keeps children by the thread that started them.
    static IEnumerable<int> ChildrenOf(int process)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{process}/task")
                .SelectMany(task => File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(word => int.Parse(word, CultureInfo.InvariantCulture)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // gone in the meantime
        }
    }
}
