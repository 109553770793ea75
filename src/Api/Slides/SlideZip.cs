using System.IO.Compression;
using System.Security.Cryptography;
using Mhim.Data;
using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Workers.Pipeline;

namespace Mhim.Api.Slides;

/// <summary>A slide that came as a zip, unpacked. Disposing removes what was not moved away.</summary>
/// <param name="Folder">All that belongs to it, and nothing else.</param>
/// <param name="Main">What slide readers open.</param>
/// <param name="Sha256">Over names and contents, however they were packed.</param>
/// <param name="Size">Bytes unpacked.</param>
sealed record UnpackedSlide(string Folder, string Main, string Sha256, long Size) : IDisposable
{
    public void Dispose()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>
/// Unpacks slides of several files: a MIRAX file with its folder, a folder of DICOM instances, or any one slide file. Where a file goes is made here; of the names in
/// the zip only the last parts of a MIRAX folder's are used, and those only if they are plain. So nothing gets out of the slide's folder.
/// </summary>
static class SlideZip
{
    const int MostFiles = 20_000;

    // Slides are compressed already; what unpacks to more than this is made to fill a disk.
    const int MostRatio = 100;
    const long Slack = 10 << 20;

    /// <summary>Unpacks beside the zip.</summary>
    /// <param name="zip">Its path.</param>
    /// <param name="shown">What its owner calls it.</param>
    /// <param name="largest">Bytes that its content may have at most.</param>
    /// <param name="room">Bytes that the disk has for it.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <exception cref="InputException"><c>zip-unreadable</c>, <c>zip-too-large</c>, <c>zip-name</c>, <c>zip-no-slide</c>, <c>zip-several-slides</c>.</exception>
    /// <exception cref="IOException"><see cref="DiskFull"/>; where the zip says so itself, nothing was written.</exception>
    public static async Task<UnpackedSlide> UnpackAsync(string zip, string shown, long largest, long room, CancellationToken cancel)
    {
        var folder = zip + ".unpacked";
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        try
        {
            using var archive = ZipFile.OpenRead(zip);
            if (archive.Entries.Count > MostFiles)
                throw new InputException("zip-too-large", $"'{shown}' holds more than {MostFiles} files.");
            var plan = Plan(archive, shown);
            var most = Math.Min(largest, new FileInfo(zip).Length * MostRatio + Slack);
            if (plan.Sum(part => part.Entry.Length) > room)
                throw NoRoom(shown);
            long size = 0;
            var hashes = new Dictionary<string, string>();
            foreach (var (name, entry) in plan)
            {
                var path = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await using var content = entry.Open();
                // What a zip says of its lengths need not be true.
                var (length, sha256) = await CopyAsync(content, path, Math.Min(most, room) - size, cancel)
                    ?? throw (room < most ? NoRoom(shown) : new InputException("zip-too-large", $"'{shown}' unpacks to more than {most} bytes."));
                size += length;
                hashes[name] = sha256;
            }
            RequireOneSeries(plan.Select(part => Path.Combine(folder, part.Name)), shown);
            // One file alone is the slide that it would be without the zip.
            return new UnpackedSlide(folder, Path.Combine(folder, plan[0].Name), SlideHash.Of(hashes), size);
        }
        catch (Exception e)
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            if (e is InvalidDataException or NotSupportedException)
                throw new InputException("zip-unreadable", $"'{shown}' is not a zip that can be read.", e);
            throw;
        }
    }

    static IOException NoRoom(string shown) => DiskFull.Error($"There is no room to unpack '{shown}'.");

    /// <summary>What goes where, what readers open first.</summary>
    static List<(string Name, ZipArchiveEntry Entry)> Plan(ZipArchive archive, string shown)
    {
        var files = archive.Entries.Where(e => e.Name.Length > 0 && e.Name[0] != '.' && !e.FullName.StartsWith("__MACOSX/", StringComparison.Ordinal)).ToList();
        bool Is(ZipArchiveEntry e, string extension) => e.Name.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
        var mirax = files.Where(e => Is(e, ".mrxs")).ToList();
        if (mirax is [var main])
        {
            var data = Path.ChangeExtension(main.FullName, null) + "/";
            var plan = new List<(string Name, ZipArchiveEntry)> { ("slide.mrxs", main) };
            plan.AddRange(files.Where(e => e.FullName.StartsWith(data, StringComparison.Ordinal) && e.FullName.LastIndexOf('/') == data.Length - 1)
                .OrderBy(e => e.Name, StringComparer.Ordinal).Select(e => ("slide/" + Plain(e.Name, shown), e)));
            if (plan.Select(p => p.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() != plan.Count)
                throw new InputException("zip-name", $"'{shown}' holds several files of one name.");
            return plan.Count > 1 ? plan
                : throw new InputException("zip-no-slide", $"'{shown}' holds {main.Name} but not its folder '{Path.GetFileNameWithoutExtension(main.Name)}'; pack both.");
        }
        var dicom = files.Where(e => Is(e, ".dcm")).ToList();
        if (mirax.Count == 0 && dicom.Count > 0 && dicom.Select(e => Path.GetDirectoryName(e.FullName)).Distinct().Count() == 1)
            return [.. dicom.OrderByDescending(e => e.Length).ThenBy(e => e.Name, StringComparer.Ordinal).Select((e, i) => (SlideParts.DicomName(i), e))];
        if (files is [var one])
            return [("slide" + Data.Blobs.BlobStore.SafeExtension(Path.GetExtension(one.Name)), one)];
        throw new InputException("zip-no-slide", $"'{shown}' holds neither one MIRAX slide (.mrxs with its folder), nor one folder of DICOM files (.dcm), nor one slide file.");
    }

    // OpenSlide takes one series of a folder and passes over the rest, of which nobody would hear again.
    static void RequireOneSeries(IEnumerable<string> files, string shown)
    {
        if (files.Where(DicomSeries.IsNamed).Select(DicomSeries.Of).OfType<string>().Distinct().Count() is > 1 and var series)
            throw new InputException("zip-several-slides", $"'{shown}' holds {series} DICOM series, each a slide of its own; pack each alone.");
    }

    static string Plain(string name, string shown) => name.Length <= 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? name
        : throw new InputException("zip-name", $"'{shown}' holds a file whose name is not plain letters, digits, '-', '_' and '.'.");

    static async Task<(long Length, string Sha256)?> CopyAsync(Stream content, string path, long most, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
        var buffer = new byte[1 << 17];
        long length = 0;
        int read;
        while ((read = await content.ReadAsync(buffer, cancel)) > 0)
        {
            if ((length += read) > most)
                return null;
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
        }
        file.Flush(flushToDisk: true);
        return (length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
