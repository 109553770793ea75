using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>libtorch's threads during a run; the next one in this process has its own.</summary>
internal sealed class ThreadCount : IDisposable
{
    readonly int _before = get_num_threads();

    /// <param name="threads">How many; 0: as many as there are.</param>
    public ThreadCount(int threads)
    {
        if (threads > 0)
            set_num_threads(threads);
    }

    public void Dispose()
    {
        if (get_num_threads() != _before)
            set_num_threads(_before);
    }
}
