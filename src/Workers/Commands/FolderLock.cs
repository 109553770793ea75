using Mhim.Features;
using Mhim.Workers.Batch;

namespace Mhim.Workers.Commands;

/// <summary>A folder in which one process works: two at once would take each other's folds, or each other's features and pictures, for their own.</summary>
sealed class FolderLock : IDisposable
{
    readonly string _folder;
    readonly bool _made;
    readonly SlideLock _lock;

    FolderLock(string folder, bool made, SlideLock held) => (_folder, _made, _lock) = (folder, made, held);

    /// <summary>For <c>mhim train</c>.</summary>
    /// <exception cref="InputException"><c>out-in-use</c>: somebody who lives has it.</exception>
    public static FolderLock ToTrain(string folder) => Take(folder, "train.lock", "training in");

    /// <summary>For <c>mhim predict</c>.</summary>
    /// <exception cref="InputException"><c>out-in-use</c>: somebody who lives has it.</exception>
    public static FolderLock ToPredict(string folder) => Take(folder, "predict.lock", "predicting into");

    static FolderLock Take(string folder, string name, string doing)
    {
        var made = !Directory.Exists(folder);
        return SlideLock.TryTake(Path.Combine(folder, name), out var owner) is { } held
            ? new FolderLock(folder, made, held)
            : throw new InputException("out-in-use",
                $"{(owner is null ? "Another process" : $"Process {owner.Pid} on {owner.Host}")} is {doing} `{folder}` at this moment. Wait until it has ended, or name another folder.");
    }

    /// <summary>Work that was refused leaves no empty folder that was not there before.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (_made && Directory.Exists(_folder) && !Directory.EnumerateFileSystemEntries(_folder).Any())
            Directory.Delete(_folder);
    }
}
