using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Text;
using ICSharpCode.SharpZipLib.Checksum;

namespace Mhim.Features.Files;

/// <summary>
/// Imports <c>.pt</c> and <c>.pth</c> files of PyTorch: state dicts and tensors, in the zip form (since 1.6) and the legacy form. Everything
/// else in the pickle is refused by name; nothing is executed (<see cref="PickleReader"/>).
/// </summary>
public static class PtFile
{
    const int MaxPickle = 16 << 20;
    const int MaxTensors = 100_000;
    const int MaxDepth = 16;

    static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356");

    /// <summary>Reads every tensor of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">What all tensors together may take in memory, bytes; 8 GiB by default.</param>
    /// <returns>Tensors by name in the file's order. Dicts within dicts join their keys with a dot, lists their indexes; a file that is one single
    /// tensor (CLAM features) gives it the empty name. Numbers and text beside the tensors are left out.</returns>
    /// <exception cref="InputException"><c>pt-missing</c>; <c>pt-unreadable</c> (truncated, damaged, no tensors); <c>pt-too-big</c>;
    /// <c>pickle-refused</c> naming what the pickle wanted.</exception>
    public static IReadOnlyDictionary<string, PtTensor> Read(string path, long maxBytes = 8L << 30)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
            throw new InputException("pt-missing", $"There is no file `{path}`.");
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length == 0)
                throw new InputException("pt-unreadable", $"`{name}` is empty, a file of 0 bytes. Copy it again.");
            Span<byte> start = stackalloc byte[4];
            var isZip = file.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual("PK\x03\x04"u8);
            file.Position = 0;
            var tensors = isZip ? ReadZip(file, maxBytes) : ReadLegacy(file, maxBytes);
            return tensors.Count > 0 ? tensors : throw new InputException("pt-unreadable", $"`{name}` holds no tensors.");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or OverflowException)
        {
            throw new InputException("pt-unreadable", $"`{name}` cannot be read as a PyTorch file; it is damaged, truncated or of another kind.", e);
        }
    }

    static Dictionary<string, PtTensor> ReadZip(Stream file, long maxBytes)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Read);
        var pickle = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal) && entry.FullName.Count(c => c == '/') == 1)
            ?? throw new InvalidDataException("No data.pkl.");
        var root = pickle.FullName[..^"data.pkl".Length];
        if (zip.GetEntry(root + "byteorder") is { } order && Encoding.ASCII.GetString(Content(order, 16)) != "little")
            throw new InvalidDataException("Not little-endian.");
        var value = new PickleReader(Content(pickle, MaxPickle)).Read();
        return PtTensors.Collect(value, maxBytes, MaxTensors, MaxDepth, storage =>
        {
            var entry = zip.GetEntry(root + "data/" + storage.Key) ?? throw new InvalidDataException("A storage is missing.");
            var bytes = Content(entry, checked(storage.Count * PtTensor.SizeOf(storage.Type)));
            return bytes.Length == storage.Count * PtTensor.SizeOf(storage.Type) ? bytes : throw new InvalidDataException("A storage has another length.");
        });
    }

    /// <summary>Never more than <paramref name="most"/> bytes, whatever the zip says.</summary>
    static byte[] Content(ZipArchiveEntry entry, long most)
    {
        if (entry.Length > most || entry.Length > Array.MaxLength)
            throw new InvalidDataException("An entry is longer than it may be.");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        // .NET does not compare it. PyTorch writes 0 where it was told not to compute any.
        if (entry.Crc32 != 0)
        {
            var sum = new Crc32();
            sum.Update(bytes);
            if ((uint)sum.Value != entry.Crc32)
                throw new InvalidDataException("An entry is not what was written.");
        }
        return bytes;
    }

    /// <summary>Magic number, protocol, system info, the value, the storage keys, then each storage as count and numbers.</summary>
    static Dictionary<string, PtTensor> ReadLegacy(FileStream file, long maxBytes)
    {
        if (file.Length > Array.MaxLength)
            throw new InputException("pt-too-big", "A PyTorch file of the old form may have 2 GB at most; save it again with PyTorch 1.6 or newer.");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        if (bytes.Length < 2 || bytes[0] != 0x80)
            throw new InvalidDataException("No pickle.");
        var at = 0;
        object? Next()
        {
            var reader = new PickleReader(bytes, at);
            var value = reader.Read();
            at = reader.Position;
            return value;
        }

        if (Next() is not BigInteger magic || magic != LegacyMagic || Next() is not 1001L)
            throw new InvalidDataException("No PyTorch file.");
        if (Next() is not PickleDict system || !system.Items.Contains(("little_endian", true)))
            throw new InvalidDataException("Not little-endian.");
        var root = Next();
        var keys = Next() as List<object?> ?? throw new InvalidDataException("No storage keys.");
        var types = PtTensors.Storages(root, MaxTensors, MaxDepth);
        var where = new Dictionary<string, (int At, long Count)>();
        foreach (var key in keys)
        {
            if (key is not string text || !types.TryGetValue(text, out var storage) || bytes.Length - at < 8)
                throw new InvalidDataException("A storage is not as the format wants it.");
            var count = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            at += 8;
            if (count < 0 || count > (bytes.Length - at) / PtTensor.SizeOf(storage.Type))
                throw new InvalidDataException("A storage is cut off.");
            where[text] = (at, count);
            at += (int)count * PtTensor.SizeOf(storage.Type);
        }
        return PtTensors.Collect(root, maxBytes, MaxTensors, MaxDepth, storage =>
            where.TryGetValue(storage.Key, out var place) && place.Count == storage.Count
                ? bytes.AsSpan(place.At, (int)place.Count * PtTensor.SizeOf(storage.Type)).ToArray()
                : throw new InvalidDataException("A storage is missing."));
    }
}
