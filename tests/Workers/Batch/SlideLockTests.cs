using System.Diagnostics;
using System.Text.Json;
using Mhim.Workers.Batch;

namespace Mhim.Workers.Tests.Batch;

public sealed class SlideLockTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-lock-").FullName;

    string Path => System.IO.Path.Combine(folder, "locks", "x.lock");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    void Write(LockOwner owner)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, JsonSerializer.Serialize(owner));
    }

    [Fact]
    public void A_lock_is_one_process_s_until_it_is_given_back()
    {
        using (SlideLock.TryTake(Path, out _))
        {
            Assert.Null(SlideLock.TryTake(Path, out var owner));
            Assert.Equal((Environment.ProcessId, Environment.MachineName), (owner!.Pid, owner.Host));
        }
        using var again = SlideLock.TryTake(Path, out _);
        Assert.False(again!.TookOver);
    }

    [Fact]
    public void A_lock_whose_process_is_gone_is_taken_over_and_nothing_else_is_left()
    {
        using var process = Process.Start("true");
        process.WaitForExit();
        Write(new LockOwner(Environment.MachineName, process.Id, DateTime.UtcNow));
        using (var taken = SlideLock.TryTake(Path, out _))
            Assert.True(taken!.TookOver);
        Assert.Empty(Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(Path)!));
    }

    [Fact]
    public void A_process_that_only_has_the_number_of_the_owner_is_not_the_owner()
    {
        Write(LockOwner.Me with { Started = LockOwner.Me.Started.AddHours(-1) });
        using var taken = SlideLock.TryTake(Path, out _);
        Assert.True(taken!.TookOver);
    }

    [Fact]
    public void A_lock_of_another_machine_is_believed_while_it_is_touched()
    {
        Write(new LockOwner("elsewhere", 1, DateTime.UtcNow));
        Assert.Null(SlideLock.TryTake(Path, out var owner));
        Assert.Equal("elsewhere", owner!.Host);
        File.SetLastWriteTimeUtc(Path, DateTime.UtcNow - SlideLock.Patience - TimeSpan.FromMinutes(1));
        using var taken = SlideLock.TryTake(Path, out _);
        Assert.True(taken!.TookOver);
    }

    [Fact]
    public void Of_many_who_want_an_abandoned_lock_one_gets_it()
    {
        for (int round = 0; round < 20; round++)
        {
            Write(new LockOwner(Environment.MachineName, int.MaxValue - 1, DateTime.UtcNow));
            var taken = new SlideLock?[8];
            Parallel.For(0, taken.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => taken[i] = SlideLock.TryTake(Path, out _));
            Assert.Single(taken, one => one is not null);
            foreach (var one in taken)
                one?.Dispose();
        }
    }
}
