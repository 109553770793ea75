namespace Mhim.Tiling.Encoders;

/// <summary>
/// Batches that are read and then used, by threads that do either: one always uses where something has been read, the others read ahead until as many
/// batches lie ready as there are threads. So the encoder never waits for the disk or the decoder once it has begun, and memory is bounded.
/// </summary>
internal static class ReadAhead
{
    /// <param name="batches">How many.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="read">Reads batch i; called once for each, in rising order.</param>
    /// <param name="use">Uses what was read.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">Cancelled. Anything that <paramref name="read"/> or <paramref name="use"/> throws first comes through as it is.</exception>
    internal static void Run<T>(int batches, int threads, Func<int, T> read, Action<T> use, CancellationToken cancellation)
    {
        var gate = new object();
        var ready = new Queue<T>();
        int next = 0, reading = 0, using_ = 0;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo? error = null;

        void Work()
        {
            while (true)
            {
                T? batch = default;
                int number = -1;
                lock (gate)
                {
                    while (true)
                    {
                        if (error is not null || cancellation.IsCancellationRequested || (next == batches && reading == 0 && ready.Count == 0))
                            return;
                        bool more = next < batches;
                        if (ready.Count > 0 && (using_ == 0 || ready.Count + reading >= threads || !more))
                        {
                            (batch, using_) = (ready.Dequeue(), using_ + 1);
                            break;
                        }
                        if (more && ready.Count + reading < threads)
                        {
                            (number, next, reading) = (next, next + 1, reading + 1);
                            break;
                        }
                        Monitor.Wait(gate);
                    }
                }
                T? result = default;
                try
                {
                    if (number >= 0)
                        result = read(number);
                    else
                        use(batch!);
                }
                catch (Exception e)
                {
                    lock (gate)
                        error ??= System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
                }
                lock (gate)
                {
                    if (number < 0)
                        using_--;
                    else
                    {
                        reading--;
                        if (error is null)
                            ready.Enqueue(result!);
                    }
                    Monitor.PulseAll(gate);
                }
            }
        }

        using (cancellation.Register(() => { lock (gate) Monitor.PulseAll(gate); }))
        {
            Parallel.For(0, Math.Max(1, Math.Min(threads, batches)), new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => Work());
        }
        error?.Throw();
        cancellation.ThrowIfCancellationRequested();
    }
}
