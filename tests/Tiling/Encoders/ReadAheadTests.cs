using System.Collections.Concurrent;
using Mhim.Tiling.Encoders;
using Xunit;

namespace Mhim.Tiling.Tests.Encoders;

public class ReadAheadTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 4)]
    [InlineData(200, 1)]
    [InlineData(200, 2)]
    [InlineData(200, 7)]
    public void Every_batch_is_read_and_used_once_and_few_lie_ready(int batches, int threads)
    {
        int held = 0, most = 0;
        var used = new ConcurrentBag<int>();
        var gate = new Lock();
        ReadAhead.Run(batches, threads, number =>
        {
            lock (gate)
                most = Math.Max(most, ++held);
            return number;
        }, number =>
        {
            used.Add(number);
            lock (gate)
                held--;
        }, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, batches), used.Order());
        Assert.True(most <= 2 * threads, $"{most} batches at once with {threads} threads");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_fails_comes_through_as_it_is(bool whileReading)
    {
        void Fail(int number)
        {
            if (number == 13)
                throw new InvalidDataException("thirteen");
        }
        var error = Assert.Throws<InvalidDataException>(() => ReadAhead.Run(100, 3,
            number => { if (whileReading) Fail(number); return number; }, number => { if (!whileReading) Fail(number); }, CancellationToken.None));
        Assert.Equal("thirteen", error.Message);
    }

    [Fact]
    public void Cancelled_it_stops_with_work_left()
    {
        using var stop = new CancellationTokenSource();
        int used = 0;
        var gate = new Lock();
        Assert.Throws<OperationCanceledException>(() => ReadAhead.Run(1000, 2, number => number, number =>
        {
            lock (gate) // no batch is counted between the fifth and its cancelling, however long this thread is kept waiting there
                if (++used == 5)
                    stop.Cancel();
        }, stop.Token));
        Assert.InRange(used, 5, 20);
    }
}
