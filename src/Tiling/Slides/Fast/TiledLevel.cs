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
    internal TileOutcome Decode(long number, int shrink, Span<byte> rgb)
    {
        long at = directory.TileOffsets[number], count = directory.TileByteCounts[number];
        if (at == 0 || count == 0 || !stream.Usable)
            return TileOutcome.LeftOut; // not scanned: OpenSlide knows what to draw there
        if (at < 0 || count < 0 || count > fileLength || at > fileLength - count || count > 2L * TileWidth * TileHeight * 3 + TableRoom)
            return TileOutcome.Damaged;

        int length = stream.TileAt + (int)count;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            for (int done = stream.TileAt, got; done < length; done += got)
                if ((got = RandomAccess.Read(file, buffer.AsSpan(done, length - done), at + done - stream.TileAt)) == 0)
                    return TileOutcome.Damaged;
            var jpeg = buffer.AsSpan(0, length);
            var outcome = stream.Complete(jpeg);
            if (outcome is not TileOutcome.Decoded)
                return outcome;
            int width = TileWidth / shrink, height = TileHeight / shrink;
            bool whole = TurboJpeg.Available ? TurboJpeg.Decode(jpeg, width, height, rgb) : SkiaJpeg.Decode(jpeg, width, height, rgb);
            return whole ? TileOutcome.Decoded : TileOutcome.Damaged;
        }
        catch (IOException)
        {
            return TileOutcome.Damaged;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
