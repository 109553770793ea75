using System.Collections.Concurrent;

namespace Mhim.Data.Blobs.S3;

/// <summary>
/// The copies on this machine, thing by thing (<c>slides/ID</c>, <c>runs/ID</c>, …): what was used last shows in the time of its folder, for all processes that share
/// the disk. Over its size, what was not used for longest goes; what somebody used within the last minutes stays, whatever it takes.
/// </summary>
/// <param name="root">The folder of the blobs.</param>
/// <param name="most">Bytes that are meant to be enough.</param>
sealed class S3Cache(string root, long most)
{
    /// <summary>What lies on this machine alone, and never in the bucket.</summary>
    static readonly string[] Own = ["uploads", "incoming"];

    // Work tells the folders of all it uses every few seconds, and viewers those of what is looked at every minute.
    static readonly TimeSpan InUse = TimeSpan.FromMinutes(10), Told = TimeSpan.FromMinutes(1), Looked = TimeSpan.FromSeconds(30);

    // The copies never take the room that work needs.
    const long Reserve = 4L << 30;

    readonly ConcurrentDictionary<string, DateTime> told = new(StringComparer.Ordinal);
    readonly Lock gate = new();
    DateTime looked;

    /// <summary>Whether a key is of this machine alone: uploads that are still coming in pieces.</summary>
    public static bool IsOwn(string key) => Own.Contains(key.Split('/', 2)[0]);

    /// <summary>Tells that something is being used.</summary>
    public void Use(string key)
    {
        var thing = string.Join('/', key.Split('/').Take(2));
        var now = DateTime.UtcNow;
        if (told.TryGetValue(thing, out var last) && now - last < Told)
            return;
        told[thing] = now;
        Tell(thing, now);
    }

    /// <summary>Tells that all that this process ever used is in use, as it is while a job runs in it.</summary>
    public void UseAll()
    {
        foreach (var thing in told.Keys)
            Tell(thing, told[thing] = DateTime.UtcNow);
    }

    /// <summary>Removes what is too much; not more often than every half minute.</summary>
    public void MakeRoom()
    {
        lock (gate)
        {
            if (DateTime.UtcNow - looked < Looked)
                return;
            looked = DateTime.UtcNow;
        }
        MakeRoom(DateTime.UtcNow - InUse);
    }

    /// <summary>Removes what is too much, or takes the last room of the disk, and was used last before this.</summary>
    internal void MakeRoom(DateTime before)
    {
        foreach (var (thing, at) in told)
            if (at < before)
                told.TryRemove(thing, out _);
        var things = new DirectoryInfo(root).EnumerateDirectories().Where(kind => !Own.Contains(kind.Name)).SelectMany(kind => kind.EnumerateDirectories())
            .Select(thing => (Folder: thing, UsedAt: thing.LastWriteTimeUtc, Bytes: SizeOf(thing))).ToList();
        var over = Math.Max(things.Sum(thing => thing.Bytes) - most, Reserve - new DriveInfo(root).AvailableFreeSpace);
        foreach (var thing in things.Where(thing => thing.UsedAt < before).OrderBy(thing => thing.UsedAt))
        {
            if (over <= 0)
                return;
            thing.Folder.Refresh();
            if (thing.Folder.Exists && thing.Folder.LastWriteTimeUtc == thing.UsedAt) // nobody came for it meanwhile
                try
                {
                    thing.Folder.Delete(recursive: true); // who has a file of it open goes on reading it
                }
                catch (IOException)
                {
                    continue; // another process removes it too
                }
            over -= thing.Bytes;
        }
    }

    void Tell(string thing, DateTime now)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(Path.Combine(root, thing), now);
        }
        catch (IOException)
        {
            // Not there yet: its first file makes it, and that is a use.
        }
    }

    static long SizeOf(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 }).Sum(file => file.Length);
        }
        catch (IOException)
        {
            return 0; // removed meanwhile
        }
    }
}
