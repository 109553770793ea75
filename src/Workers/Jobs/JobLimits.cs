namespace Mhim.Workers.Jobs;

/// <summary>What a job may take before its process is ended, with a reason.</summary>
/// <param name="Memory">Bytes that its processes may hold in memory at once; above 0.</param>
/// <param name="Time">How long it may run; above zero.</param>
public sealed record JobLimits(long Memory, TimeSpan Time)
{
    /// <summary>Code of a job whose process held too much memory, or was ended by the kernel because the machine had no more.</summary>
    public const string OutOfMemory = "job-out-of-memory";

    /// <summary>Code of a job that took too long.</summary>
    public const string TooLong = "job-too-long";

    /// <summary>Nine tenths of what the machine, or the container, has: a job is ended by its worker before the kernel looks for somebody to end.</summary>
    public static long UsualMemory { get; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 10 * 9;

    /// <summary>How a job ends that held this much.</summary>
    /// <param name="held">Bytes.</param>
    internal JobOutcome OverMemory(long held) => JobOutcome.Failure(OutOfMemory,
        $"It needed more memory than a job may take here ({held >> 20} MB, the limit is {Memory >> 20} MB); raise the limit of its queue (Mhim:Workers:TilingMemoryMB or GpuMemoryMB), then retry.");

    /// <summary>How a job ends whose process the kernel ended for memory.</summary>
    /// <param name="peak">The most that it was seen to hold, bytes.</param>
    internal static JobOutcome KilledForMemory(long peak) => JobOutcome.Failure(OutOfMemory,
        $"The machine ran out of memory, and the kernel ended its process (it was seen to hold {peak >> 20} MB); give the machine more memory, or fewer jobs at once, then retry.");

    /// <summary>How a job ends that took longer.</summary>
    internal JobOutcome OverTime() => JobOutcome.Failure(TooLong,
        $"It ran for longer than a job may take here ({Time.TotalMinutes:0.##} minutes); raise the limit of its queue (Mhim:Workers:TilingMinutes or GpuMinutes), then retry.");
}
