using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Mhim.Features;

namespace Mhim.Tiling.Slides;

/// <summary>What a file is that OpenSlide does not open: another kind of file, or a slide that lost its end on the way.</summary>
internal static class NotASlide
{
    const int DicomMark = 128; // where a DICOM file says that it is one (PS3.10)

    internal static InputException Refusal(string path)
    {
        Span<byte> head = stackalloc byte[DicomMark + 4];
        head.Clear();
        long length;
        try
        {
            using var file = File.OpenRead(path);
            length = file.Length;
            file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return new InputException("slide-unreadable", $"'{path}' cannot be opened ({e.Message.TrimEnd('.')}); check who may read it.", e);
        }
        if (FirstDirectory(head) is { } directory)
            return new InputException("slide-unreadable", directory >= (ulong)length
                ? $"'{path}' is cut off: its directory lies at byte {directory}, the file ends at {length}; copy or upload it again."
                : $"'{path}' begins like a TIFF or SVS, but OpenSlide cannot read its structure: damaged, or not tiled; copy it again or export it as a pyramidal TIFF.");
        if (head[DicomMark..].SequenceEqual("DICM"u8))
            return new InputException("slide-unknown-format",
                $"'{path}' is a DICOM file that OpenSlide {Marshal.PtrToStringUTF8(OpenSlideApi.openslide_get_version())} does not open: version 4 reads whole-slide DICOM, 3.4 does not; update OpenSlide, or export it as a pyramidal TIFF or SVS.");
        var kind = KindOf(head) is { } known ? $" (it is {known})" : "";
        return new InputException("slide-unknown-format",
            $"'{path}' is no slide in a format that OpenSlide knows{kind}: SVS, NDPI, MRXS, SCN, BIF, tiled TIFF …; export it as a pyramidal TIFF or SVS.");
    }

    /// <summary>Where a TIFF's first directory lies (TIFF 6.0, BigTIFF); null when it is no TIFF.</summary>
    internal static ulong? FirstDirectory(ReadOnlySpan<byte> head)
    {
        bool little = head.StartsWith("II"u8);
        if (!little && !head.StartsWith("MM"u8))
            return null;
        ushort version = little ? BinaryPrimitives.ReadUInt16LittleEndian(head[2..]) : BinaryPrimitives.ReadUInt16BigEndian(head[2..]);
        return version switch
        {
            42 => little ? BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) : BinaryPrimitives.ReadUInt32BigEndian(head[4..]),
            43 => little ? BinaryPrimitives.ReadUInt64LittleEndian(head[8..]) : BinaryPrimitives.ReadUInt64BigEndian(head[8..]),
            _ => null,
        };
    }

    static string? KindOf(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) ? "a PNG picture"
        : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "a JPEG picture"
        : head.StartsWith("%PDF"u8) ? "a PDF document"
        : head.StartsWith("PK\x3\x4"u8) ? "a ZIP archive; unpack it first"
        : IsText(head[..16]) ? "text"
        : null;

    static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte value in head)
            if (value is not ((>= 32 and < 127) or (byte)'\t' or (byte)'\n' or (byte)'\r' or 0))
                return false;
        return head[0] != 0;
    }
}
