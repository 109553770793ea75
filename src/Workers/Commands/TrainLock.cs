using Mhim.Features;
using Mhim.Workers.Batch;

namespace Mhim.Workers.Commands;

/// <summary>A folder in which one <c>mhim train</c> works: two at once would take each other's folds for their own.</summary>
sealed class TrainLock : IDisposable
{
    readonly string _folder;
    readonly SlideLock _lock;

    TrainLock(string folder, SlideLock held) => (_folder, _lock) = (folder, held);

    /// <exception cref="InputException"><c>out-in-use</c>: somebody who lives has it.</exception>
    public static TrainLock Take(string folder) => SlideLock.TryTake(Path.Combine(folder, "train.lock"), out var owner) is { } held
        ? new TrainLock(folder, held)
        : throw new InputException("out-in-use",
            $"{(owner is null ? "Another process" : $"Process {owner.Pid} on {owner.Host}")} is training in `{folder}` at this moment. Wait until it has ended, or name another folder.");

    /// <summary>A run that was refused leaves no empty folder.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (Directory.Exists(_folder) && !Directory.EnumerateFileSystemEntries(_folder).Any())
            Directory.Delete(_folder);
    }
}
