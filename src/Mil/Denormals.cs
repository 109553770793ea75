using System.Runtime.InteropServices;

namespace Mhim.Mil;

/// <summary>
/// Floats below 1.2e-38 are zero on the thread that asks, until this is disposed of, and on the threads that it starts meanwhile, libtorch's workers among them.
/// Weight decay shrinks a weight that nothing needs until no normal float is small enough, and Intel's processors then take a hundred times as long for every
/// product it is in: DSMIL with 64 features and weight decay 1e-2 took 94 ms a step instead of 4. Nothing changes where the mode is not known (other than glibc on x64).
/// </summary>
/// <remarks>The mode is in MXCSR (Intel SDM vol. 1, 10.2.3): bit 15 flushes results, bit 6 operands. The C library's <c>fenv_t</c> has it at byte 28 of 32 (System V ABI for x86-64).</remarks>
internal readonly unsafe partial struct Denormals : IDisposable
{
    const uint FlushBits = 1u << 15 | 1u << 6;
    const int Words = 8, Mxcsr = 7;
    const string Library = "libm.so.6";

    static readonly bool IsKnown = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && NativeLibrary.TryLoad(Library, out _);

    readonly bool _changed, _before;

    Denormals(bool before) => (_changed, _before) = (true, before);

    /// <summary>Whether the calling thread takes them for zero.</summary>
    public static bool AreFlushed
    {
        get
        {
            if (!IsKnown)
                return false;
            var environment = stackalloc uint[Words];
            _ = fegetenv(environment);
            return (environment[Mxcsr] & FlushBits) == FlushBits;
        }
    }

    /// <summary>Takes them for zero on the calling thread.</summary>
    /// <param name="flush">False: for what they are instead, as a worker does whose master does, and as a thread should that has others started: those of .NET's pool
    /// are as their starter for life.</param>
    public static Denormals Flush(bool flush = true)
    {
        var before = AreFlushed;
        if (!IsKnown || before == flush)
            return default;
        Set(flush);
        return new Denormals(before);
    }

    /// <summary>Makes the thread as it was; on the thread that asked.</summary>
    public void Dispose()
    {
        if (_changed)
            Set(_before);
    }

    static void Set(bool flush)
    {
        var environment = stackalloc uint[Words];
        _ = fegetenv(environment);
        environment[Mxcsr] = flush ? environment[Mxcsr] | FlushBits : environment[Mxcsr] & ~FlushBits;
        _ = fesetenv(environment);
    }

    [LibraryImport(Library), SuppressGCTransition]
    private static partial int fegetenv(uint* environment);

    [LibraryImport(Library), SuppressGCTransition]
    private static partial int fesetenv(uint* environment);
}
