using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Mhim.Tiling.Slides.Fast;

/// <summary>
/// Reads the directories of a TIFF 6.0 or BigTIFF file, either byte order. Nothing in the file is believed: every offset must lie in the
/// file, an array may not be longer than the file, directories may not form a ring. What is broken ends the reading with
/// <see cref="InvalidDataException"/>; only the tags that <see cref="TiffDirectory"/> has are looked at.
/// </summary>
internal sealed class TiffFile
{
    const int MostDirectories = 256, MostEntries = 4096, MostTableBytes = 1 << 16, MostTiles = 1 << 23;

    readonly SafeFileHandle file;
    readonly long length;
    readonly bool bigEndian;
    readonly bool big;
    int tilesLeft = MostTiles; // over all directories: they may all name one big array

    TiffFile(SafeFileHandle file, bool bigEndian, bool big)
    {
        this.file = file;
        length = RandomAccess.GetLength(file);
        this.bigEndian = bigEndian;
        this.big = big;
    }

    /// <summary>The main chain of directories, in the file's order; empty when the file is no TIFF.</summary>
    /// <exception cref="InvalidDataException">It begins as a TIFF but is broken.</exception>
    internal static List<TiffDirectory> ReadDirectories(SafeFileHandle file)
    {
        Span<byte> head = stackalloc byte[16];
        int got = RandomAccess.Read(file, head, 0);
        if (got < 8 || head[0] != head[1] || head[0] is not ((byte)'I' or (byte)'M'))
            return [];
        bool bigEndian = head[0] == 'M';
        int version = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(head[2..]) : BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
        if (version is not (42 or 43) || version == 43 && got < 16)
            return [];
        var tiff = new TiffFile(file, bigEndian, version == 43);
        return tiff.Chain(tiff.big ? tiff.Number(head[8..], 8) : tiff.Number(head[4..], 4));
    }

    List<TiffDirectory> Chain(long first)
    {
        var directories = new List<TiffDirectory>();
        var seen = new HashSet<long>();
        for (long at = first; at != 0;)
        {
            if (!seen.Add(at) || seen.Count > MostDirectories)
                throw new InvalidDataException("its directories form a ring or are too many");
            directories.Add(Directory(at, out at));
        }
        return directories;
    }

    TiffDirectory Directory(long at, out long next)
    {
        int countBytes = big ? 8 : 2, entryBytes = big ? 20 : 12, offsetBytes = big ? 8 : 4;
        long count = Number(Bytes(at, countBytes), countBytes);
        if (count is < 0 or > MostEntries)
            throw new InvalidDataException("a directory has too many entries");
        var bytes = Bytes(at + countBytes, (int)count * entryBytes + offsetBytes);
        next = Number(bytes.AsSpan((int)count * entryBytes), offsetBytes);

        var directory = new TiffDirectory();
        for (int i = 0; i < count; i++)
            directory = With(directory, bytes.AsSpan(i * entryBytes, entryBytes));
        return directory;
    }

    TiffDirectory With(TiffDirectory directory, ReadOnlySpan<byte> entry) => Number(entry, 2) switch
    {
        256 => directory with { Width = One(entry) },
        257 => directory with { Height = One(entry) },
        258 => directory with { BitsPerSample = Same(entry) },
        259 => directory with { Compression = One(entry) },
        262 => directory with { Photometric = One(entry) },
        274 => directory with { Orientation = One(entry) },
        277 => directory with { Samples = One(entry) },
        284 => directory with { Planar = One(entry) },
        322 => directory with { TileWidth = (int)Math.Clamp(One(entry), 0, int.MaxValue) },
        323 => directory with { TileHeight = (int)Math.Clamp(One(entry), 0, int.MaxValue) },
        324 => directory with { TileOffsets = Tiles(entry) },
        325 => directory with { TileByteCounts = Tiles(entry) },
        347 => directory with { JpegTables = Tables(entry) },
        _ => directory,
    };

    long One(ReadOnlySpan<byte> entry) => Numbers(entry, 64) is { Length: > 0 } values ? values[0] : 0;

    long[] Tiles(ReadOnlySpan<byte> entry)
    {
        var values = Numbers(entry, tilesLeft);
        tilesLeft -= values.Length;
        return values;
    }

    // The value that all samples share, 0 when they differ.
    long Same(ReadOnlySpan<byte> entry)
    {
        var values = Numbers(entry, 64);
        return values.Length > 0 && !values.AsSpan().ContainsAnyExcept(values[0]) ? values[0] : 0;
    }

    byte[] Tables(ReadOnlySpan<byte> entry) => Value(entry, 1, MostTableBytes).ToArray();

    long[] Numbers(ReadOnlySpan<byte> entry, int most)
    {
        int size = (int)Number(entry[2..], 2) switch
        {
            1 => 1,
            3 => 2,
            4 or 13 => 4,
            16 or 18 => 8,
            _ => throw new InvalidDataException("a number has the wrong type"),
        };
        var bytes = Value(entry, size, most);
        var values = new long[bytes.Length / size];
        for (int i = 0; i < values.Length; i++)
            values[i] = Number(bytes[(i * size)..], size);
        return values;
    }

    // The bytes of an entry's value: in the entry itself when they fit, elsewhere in the file otherwise.
    ReadOnlySpan<byte> Value(ReadOnlySpan<byte> entry, int size, int most)
    {
        int room = big ? 8 : 4;
        long count = Number(entry[4..], room);
        if (count < 0 || count > most || count * size > length)
            throw new InvalidDataException("an array is longer than it can be");
        int bytes = checked((int)(count * size));
        return bytes <= room ? entry.Slice(4 + room, bytes).ToArray() : Bytes(Number(entry[(4 + room)..], room), bytes);
    }

    byte[] Bytes(long at, int count)
    {
        if (at < 0 || at > length - count)
            throw new InvalidDataException("an offset points behind its end");
        var bytes = new byte[count];
        for (int done = 0, got; done < count; done += got)
            if ((got = RandomAccess.Read(file, bytes.AsSpan(done), at + done)) == 0)
                throw new InvalidDataException("it ends too early");
        return bytes;
    }

    // Unsigned; what does not fit a long is negative and so in no file.
    long Number(ReadOnlySpan<byte> bytes, int size) => (size, bigEndian) switch
    {
        (1, _) => bytes[0],
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (_, false) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (_, true) => BinaryPrimitives.ReadInt64BigEndian(bytes),
    };
}
