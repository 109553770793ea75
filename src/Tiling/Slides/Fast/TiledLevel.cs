using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Mhim.Tiling.Slides.Fast;

/// <summary>The stored tiles of one level: reads and decodes one at a time. May be used by several threads.</summary>
internal sealed class TiledLevel(SafeFileHandle file, TiffDirectory directory)
{
    // Noise at the highest quality stays below the raw size; a table may be added to each tile.
    const int TableRoom = 1 << 16;

    readonly JpegTileStream stream = new(directory);
    readonly long fileLength = RandomAccess.GetLength(file);

    internal long Width => directory.Width;

    internal long Height => directory.Height;

    internal int TileWidth => directory.TileWidth;

    internal int TileHeight => directory.TileHeight;

    internal long TilesAcross => directory.TilesAcross;

    /// <summary>Decodes one tile.</summary>
    /// <param name="number">Its number, row by row.</param>
    /// <param name="shrink">1, 2, 4 or 8; the decoder then computes only what the smaller picture needs.</param>
    /// <param name="rgb">[TileHeight / shrink, TileWidth / shrink, 3].</param>
    /// <param name="stride">Bytes from row to row, where the tile is part of a larger picture; 0: the rows lie side by side.</param>
    internal TileOutcome Decode(long number, int shrink, Span<byte> rgb, int stride = 0)
    {
        var outcome = Read(number, out var buffer, out int length);
        if (buffer is null)
            return outcome;
        try
        {
            return outcome is not TileOutcome.Decoded ? outcome
                : Decode(buffer.AsSpan(0, length), TileWidth / shrink, TileHeight / shrink, rgb, stride) ? TileOutcome.Decoded : TileOutcome.Damaged;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>One tile as a complete JPEG stream; null when it is not there, of a kind that is left to OpenSlide, or damaged.</summary>
    internal byte[]? Jpeg(long number)
    {
        var outcome = Read(number, out var buffer, out int length);
        if (buffer is null)
            return null;
        var pixels = ArrayPool<byte>.Shared.Rent(TileWidth * TileHeight * 3);
        try
        {
            var jpeg = buffer.AsSpan(0, length);
            // A browser shows a damaged stream as grey and says nothing: decoding it is the only way to know.
            return outcome is TileOutcome.Decoded && Decode(jpeg, TileWidth, TileHeight, pixels, 0) ? jpeg.ToArray() : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    // The stream in a rented buffer, if there is one.
    TileOutcome Read(long number, out byte[]? buffer, out int length)
    {
        (buffer, length) = (null, 0);
        long at = directory.TileOffsets[number], count = directory.TileByteCounts[number];
        if (at == 0 || count == 0 || !stream.Usable)
            return TileOutcome.LeftOut; // not scanned: OpenSlide knows what to draw there
        if (at < 0 || count < 0 || count > fileLength || at > fileLength - count || count > 2L * TileWidth * TileHeight * 3 + TableRoom)
            return TileOutcome.Damaged;

        length = stream.TileAt + (int)count;
        buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            for (int done = stream.TileAt, got; done < length; done += got)
                if ((got = RandomAccess.Read(file, buffer.AsSpan(done, length - done), at + done - stream.TileAt)) == 0)
                    return TileOutcome.Damaged;
        }
        catch (IOException)
        {
            return TileOutcome.Damaged;
        }
        return stream.Complete(buffer.AsSpan(0, length));
    }

    static bool Decode(ReadOnlySpan<byte> jpeg, int width, int height, Span<byte> rgb, int stride) =>
        TurboJpeg.Available ? TurboJpeg.Decode(jpeg, width, height, rgb, stride) : SkiaJpeg.Decode(jpeg, width, height, rgb, stride);
}
