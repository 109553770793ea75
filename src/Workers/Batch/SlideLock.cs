using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Mhim.Workers.Batch;

/// <summary>Who works on a slide.</summary>
/// <param name="Host">Machine.</param>
/// <param name="Pid">Process.</param>
/// <param name="Started">When that process began: a number is given to another process one day.</param>
sealed record LockOwner(string Host, int Pid, DateTime Started)
{
    public static LockOwner Me { get; } = new(Environment.MachineName, Environment.ProcessId, StartOf(Process.GetCurrentProcess()));

    /// <summary>Whether the owner is gone: here, when there is no such process; elsewhere, when the lock has not been touched for long.</summary>
    public bool IsGone(DateTime touched, TimeSpan patience)
    {
        if (Host != Me.Host)
            return DateTime.UtcNow - touched > patience;
        try
        {
            using var process = Process.GetProcessById(Pid);
            return process.HasExited || StartOf(process) is var start && start != default && Math.Abs((start - Started).TotalSeconds) > 2;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    static DateTime StartOf(Process process)
    {
        try
        {
            return process.StartTime.ToUniversalTime();
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException or NotSupportedException)
        {
            return default; // somebody else's process: it lives
        }
    }
}

/// <summary>
/// A file that says who works on a slide, so that two processes on one folder, on one machine or two, share the work. Made at once or not at all; the
/// owner touches it every half minute; one whose owner is gone is taken over, one process at a time.
/// </summary>
sealed partial class SlideLock : IDisposable
{
    /// <summary>A lock of another machine that was not touched for so long is abandoned.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    static readonly TimeSpan Touch = TimeSpan.FromSeconds(30);

    readonly string path;
    readonly Timer touching;

    SlideLock(string path, bool tookOver)
    {
        (this.path, TookOver) = (path, tookOver);
        touching = new Timer(_ => TouchNow(), null, Touch, Touch);
    }

    /// <summary>Whether the lock was that of a process that is gone: it was stopped in the middle of this slide.</summary>
    public bool TookOver { get; }

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The lock file; its folder is made if needed.</param>
    /// <param name="owner">Who has it, when the answer is null.</param>
    /// <returns>Null when somebody who lives has it.</returns>
    public static SlideLock? TryTake(string path, out LockOwner? owner)
    {
        owner = null;
        if (TryCreate(path))
            return new SlideLock(path, tookOver: false);
        if (Read(path) is not { } held)
            return TryCreate(path) ? new SlideLock(path, tookOver: false) : null; // it went away just now
        if (!held.IsGone)
        {
            owner = held.Owner;
            return null;
        }
        // Only who holds the guard removes another's lock, and looks again before: otherwise the second of two would remove the first one's new lock.
        try
        {
            using var guard = new FileStream(path + ".guard", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (Read(path) is { IsGone: true })
                File.Delete(path);
            var taken = TryCreate(path) ? new SlideLock(path, tookOver: true) : null;
            File.Delete(path + ".guard"); // the new lock stands: whoever makes another guard sees it
            return taken;
        }
        catch (IOException)
        {
            return null; // another takes it over
        }
    }

    public void Dispose()
    {
        touching.Dispose();
        File.Delete(path);
    }

    static bool TryCreate(string path)
    {
        // Written beside its place and then linked to it, so that nobody reads half an owner.
        var (folder, full) = (Path.GetDirectoryName(path)!, $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}");
        for (int tries = 0; ; tries++)
        {
            Directory.CreateDirectory(folder);
            try
            {
                File.WriteAllText(full, JsonSerializer.Serialize(LockOwner.Me));
                // Not File.Move: that looks for the other file first and then renames, and two of those can both succeed.
                var linked = Link(full, path) == 0;
                var error = Marshal.GetLastPInvokeError();
                File.Delete(full);
                if (linked)
                    return true;
                if (error is NotPermitted or NotSupported or NotThere)
                    return TryCreateInPlace(path);
                if (error == Exists)
                    return false;
                throw new IOException($"The lock {path} cannot be made: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
            catch (IOException) when (tries < 5)
            {
                // A process that had finished removed the empty folder.
            }
        }
    }

    /// <summary>For file systems without links, as some network shares are; there half an owner can be read for a moment.</summary>
    static bool TryCreateInPlace(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            JsonSerializer.Serialize(file, LockOwner.Me);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    const int NotPermitted = 1, Exists = 17, NotThere = 38, NotSupported = 95; // EPERM, EEXIST, ENOSYS, EOPNOTSUPP

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);

    static (LockOwner? Owner, bool IsGone)? Read(string path)
    {
        var touched = File.GetLastWriteTimeUtc(path);
        try
        {
            var owner = JsonSerializer.Deserialize<LockOwner>(File.ReadAllText(path));
            return (owner, owner is null || owner.IsGone(touched, Patience));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            return (null, IsGone: DateTime.UtcNow - touched > TimeSpan.FromSeconds(10)); // it is being written, or was never finished
        }
    }

    void TouchNow()
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (IOException)
        {
            // Read-only for a moment, or removed by hand: the work goes on, its result is written whole or not at all.
        }
    }
}
