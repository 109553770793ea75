using System.Buffers.Binary;

namespace Mhim.Tiling.Slides.Fast;

/// <summary>What became of one stored tile.</summary>
internal enum TileOutcome
{
    /// <summary>Its pixels are there.</summary>
    Decoded,

    /// <summary>Healthy for all that is known, but of a kind that is left to OpenSlide.</summary>
    LeftOut,

    /// <summary>Broken.</summary>
    Damaged,
}

/// <summary>
/// Makes a complete JPEG stream of a TIFF tile: start, an Adobe marker that says how the colour is coded (TIFF says it in a tag, and what
/// the stream says itself does not count: Aperio's RGB tiles would be taken for YCbCr), the shared tables, the tile. Other
/// application segments are turned into comments.
/// </summary>
internal sealed class JpegTileStream
{
    const byte Start = 0xD8, End = 0xD9, StartOfScan = 0xDA, Comment = 0xFE;

    readonly byte[] prefix;
    readonly int width, height;

    internal JpegTileStream(TiffDirectory directory)
    {
        (width, height) = (directory.TileWidth, directory.TileHeight);
        byte transform = directory.Photometric == TiffDirectory.YCbCr ? (byte)1 : (byte)0;
        byte[] adobe = [0xFF, Start, 0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform];
        var tables = directory.JpegTables ?? [];
        Usable = tables.Length == 0 || AreTables(tables);
        prefix = Usable && tables.Length > 0 ? [.. adobe, .. tables[2..^2]] : adobe;
    }

    /// <summary>The shared tables have the form that they must have.</summary>
    internal bool Usable { get; }

    /// <summary>Where in the buffer the tile's bytes belong; its own two start bytes are then written over.</summary>
    internal int TileAt => prefix.Length - 2;

    /// <summary>Puts the prefix before a tile's bytes and looks at its segments.</summary>
    /// <param name="stream">The buffer up to the end of the tile's bytes, which stand at <see cref="TileAt"/>.</param>
    internal TileOutcome Complete(Span<byte> stream)
    {
        var tile = stream[TileAt..];
        if (tile.Length < 4 || tile[0] != 0xFF || tile[1] != Start)
            return TileOutcome.Damaged;
        prefix.CopyTo(stream);

        bool frame = false;
        for (int at = 2; ;)
        {
            if (at + 4 > tile.Length || tile[at] != 0xFF)
                return TileOutcome.Damaged;
            byte marker = tile[at + 1];
            if (marker == 0xFF)
            {
                at++; // fill byte
                continue;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(tile[(at + 2)..]);
            if (length < 3 || at + 2 + length > tile.Length)
                return TileOutcome.Damaged;
            switch (marker)
            {
                case StartOfScan:
                    // Several scans could be very many, each a walk over the whole tile.
                    return !frame ? TileOutcome.Damaged : tile[at + 4] == 3 ? TileOutcome.Decoded : TileOutcome.LeftOut;
                case 0xC0 or 0xC1: // baseline and extended sequential
                    if (length < 17 || frame)
                        return length < 17 ? TileOutcome.Damaged : TileOutcome.LeftOut;
                    frame = true;
                    var header = tile[(at + 4)..];
                    if (header[0] != 8 || BinaryPrimitives.ReadUInt16BigEndian(header[1..]) != height
                        || BinaryPrimitives.ReadUInt16BigEndian(header[3..]) != width || header[5] != 3)
                        return TileOutcome.LeftOut;
                    break;
                case 0xC4 or 0xDB or 0xDD or Comment:
                    break;
                case >= 0xE0 and <= 0xEF:
                    tile[at + 1] = Comment;
                    break;
                default: // progressive, arithmetic, lossless
                    return TileOutcome.LeftOut;
            }
            at += 2 + length;
        }
    }

    // Start, quantisation and Huffman tables, a restart interval or a comment, end; nothing else.
    static bool AreTables(ReadOnlySpan<byte> tables)
    {
        if (tables.Length < 4 || tables[0] != 0xFF || tables[1] != Start || tables[^2] != 0xFF || tables[^1] != End)
            return false;
        int at = 2;
        while (at + 4 <= tables.Length - 2 && tables[at] == 0xFF && tables[at + 1] is 0xDB or 0xC4 or 0xDD or Comment)
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(tables[(at + 2)..]);
        return at == tables.Length - 2;
    }
}
