using System.Text;

namespace Mhim.Tiling.Slides;

/// <summary>
/// Reads of a DICOM file to which series it belongs (DICOM PS3.10 and PS3.5): the levels of one slide are files of one series, and whichever of them OpenSlide is given,
/// it takes the others in its folder along.
/// </summary>
public static class DicomSeries
{
    const uint TransferSyntax = 0x0002_0010, SeriesInstanceUid = 0x0020_000E, Item = 0xFFFE_E000, ItemEnd = 0xFFFE_E00D, SequenceEnd = 0xFFFE_E0DD;
    const uint Undefined = uint.MaxValue;
    const int DeepestSequence = 16;

    /// <summary>The DICOM files of a folder that are of a file's series, itself among them: the largest, which holds the finest level, first.</summary>
    /// <param name="path">One of them; alone where it does not say its series.</param>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        if (Of(path) is not { } series)
            return [path];
        List<string> found = [.. Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, "*", new EnumerationOptions()).Where(file => IsNamed(file) && Of(file) == series)
            .OrderByDescending(file => new FileInfo(file).Length).ThenBy(Path.GetFileName, StringComparer.Ordinal)];
        return found.Count > 0 ? found : [path]; // a hidden one
    }

    /// <summary>Whether a file's name says that it is DICOM.</summary>
    /// <param name="path">The file.</param>
    public static bool IsNamed(string path) => Path.GetExtension(path).Equals(".dcm", StringComparison.OrdinalIgnoreCase);

    /// <summary>The unique id of a file's series; null where the file does not say it, or is no DICOM that this understands.</summary>
    /// <param name="path">The file.</param>
    public static string? Of(string path)
    {
        try
        {
            using var reader = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096));
            reader.BaseStream.Position = 128;
            return reader.ReadBytes(4).AsSpan().SequenceEqual("DICM"u8) ? new Elements(reader).Series() : null;
        }
        catch (Exception e) when (e is EndOfStreamException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    sealed class Elements(BinaryReader reader)
    {
        internal string? Series()
        {
            var explicitTypes = true; // always so in the file's own header, which names how the rest is written
            while (reader.BaseStream.Position < reader.BaseStream.Length)
            {
                var start = reader.BaseStream.Position;
                var (tag, length, type) = Head(explicitTypes);
                if (tag > SeriesInstanceUid)
                    return null; // in ascending order
                if (tag is TransferSyntax or SeriesInstanceUid)
                {
                    var text = Text(length);
                    if (tag == SeriesInstanceUid)
                        return text.Length > 0 ? text : null;
                    if (text is "1.2.840.10008.1.2.2" or "1.2.840.10008.1.2.1.99") // big endian, deflated: nobody writes slides so
                        return null;
                    implicitBody = text == "1.2.840.10008.1.2";
                }
                else if (implicitBody && explicitTypes && tag >> 16 > 2)
                {
                    explicitTypes = false;
                    reader.BaseStream.Position = start; // its head is to be read the other way
                }
                else
                    Skip(length, type, explicitTypes, 0);
            }
            return null;
        }

        bool implicitBody;

        (uint Tag, uint Length, string Type) Head(bool explicitTypes)
        {
            uint tag = (uint)reader.ReadUInt16() << 16 | reader.ReadUInt16();
            if (!explicitTypes || tag >> 16 == 0xFFFE)
                return (tag, reader.ReadUInt32(), "");
            var type = Encoding.ASCII.GetString(reader.ReadBytes(2));
            if (type is not ("OB" or "OD" or "OF" or "OL" or "OV" or "OW" or "SQ" or "SV" or "UC" or "UN" or "UR" or "UT" or "UV"))
                return (tag, reader.ReadUInt16(), type);
            reader.ReadUInt16();
            return (tag, reader.ReadUInt32(), type);
        }

        // What has no length is a sequence of items, each with a length or an end, and has an end itself.
        void Skip(uint length, string type, bool explicitTypes, int depth)
        {
            if (length != Undefined)
            {
                reader.BaseStream.Position += length;
                return;
            }
            if (depth > DeepestSequence)
                throw new InvalidDataException();
            for (var inside = explicitTypes && type != "UN"; ;)
            {
                var (tag, itemLength, _) = Head(inside);
                if (tag == SequenceEnd)
                    return;
                if (tag != Item)
                    throw new InvalidDataException();
                if (itemLength != Undefined)
                    reader.BaseStream.Position += itemLength;
                else
                    for (var (next, nextLength, nextType) = Head(inside); next != ItemEnd; (next, nextLength, nextType) = Head(inside))
                        Skip(nextLength, nextType, inside, depth + 1);
            }
        }

        string Text(uint length) => length <= 64 && reader.ReadBytes((int)length) is var bytes && bytes.Length == length
            ? Encoding.ASCII.GetString(bytes).TrimEnd('\0', ' ') : throw new InvalidDataException();
    }
}
