using System.Runtime.InteropServices;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>Floats on a cache line's border, not cleared, that a worker keeps for all its blocks.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    const int CacheLine = 64;

    float* _floats;

    public Scratch(long count) => _floats = (float*)NativeMemory.AlignedAlloc(checked((nuint)count * sizeof(float)), CacheLine);

    public float* Floats => _floats;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_floats);
        _floats = null;
    }

    /// <summary>Does pieces of work that touch nothing of each other, on as many threads as libtorch uses: the results do not depend on how many those are.</summary>
    /// <param name="pieces">How many.</param>
    /// <param name="floats">Scratch for each worker.</param>
    /// <param name="piece">Does the piece of that number.</param>
    public static void Share(int pieces, long floats, Action<int, Scratch> piece)
    {
        var threads = TorchSharp.torch.get_num_threads();
        if (threads <= 1 || pieces <= 1)
        {
            Alone(pieces, floats, piece);
            return;
        }
        var flushed = Denormals.AreFlushed;
        using var forThePool = Denormals.Flush(false); // threads that it starts now stay as this one is
        Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, () => (Scratch: new Scratch(floats), Mode: Denormals.Flush(flushed)),
            (at, _, worker) => { piece(at, worker.Scratch); return worker; }, worker => { worker.Mode.Dispose(); worker.Scratch.Dispose(); });
    }

    /// <summary>Each head by one thread where there are heads enough, else one head after the other by all: the same numbers either way.</summary>
    /// <param name="heads">How many.</param>
    /// <param name="floats">Scratch for each worker.</param>
    /// <param name="work">Does the head of that number, its own pieces shared out as it is told.</param>
    public static void EachHead(int heads, long floats, Action<int, Scratch, ProductWork.Sharing> work)
    {
        if (heads >= TorchSharp.torch.get_num_threads())
            Share(heads, floats, (head, scratch) => work(head, scratch, Alone));
        else
            Alone(heads, floats, (head, scratch) => work(head, scratch, Share));
    }

    /// <summary>The same on the calling thread.</summary>
    public static void Alone(int pieces, long floats, Action<int, Scratch> piece)
    {
        using var scratch = new Scratch(floats);
        for (var at = 0; at < pieces; at++)
            piece(at, scratch);
    }
}
