namespace Mhim.Tiling.Slides.Fast;

/// <summary>One image of a TIFF file, so far as it is made of tiles; what is absent is 0 or null.</summary>
internal sealed record TiffDirectory
{
    internal const int Jpeg = 7, Rgb = 2, YCbCr = 6;

    internal long Width { get; init; }

    internal long Height { get; init; }

    internal long Compression { get; init; }

    internal long Photometric { get; init; }

    internal long Samples { get; init; }

    /// <summary>1: the samples of a pixel stand together.</summary>
    internal long Planar { get; init; } = 1;

    internal long BitsPerSample { get; init; }

    internal long Orientation { get; init; } = 1;

    internal int TileWidth { get; init; }

    internal int TileHeight { get; init; }

    /// <summary>Where each tile's bytes begin, row by row; 0 where a tile was left out.</summary>
    internal long[] TileOffsets { get; init; } = [];

    /// <summary>How many bytes each tile has.</summary>
    internal long[] TileByteCounts { get; init; } = [];

    /// <summary>Huffman and quantisation tables that all tiles share (a JPEG stream without a picture); null when each has its own.</summary>
    internal byte[]? JpegTables { get; init; }

    internal long TilesAcross => (Width + TileWidth - 1) / TileWidth;

    internal long TilesDown => (Height + TileHeight - 1) / TileHeight;

    /// <summary>An 8-bit colour picture in JPEG tiles of ordinary size with a complete table of tiles: what the fast reader reads.</summary>
    internal bool IsJpegTiles =>
        Compression == Jpeg && Photometric is Rgb or YCbCr && Samples == 3 && Planar == 1 && BitsPerSample == 8 && Orientation == 1
        && Width is > 0 and <= int.MaxValue && Height is > 0 and <= int.MaxValue
        && TileWidth is >= 16 and <= 4096 && TileHeight is >= 16 and <= 4096 && TileWidth % 16 == 0 && TileHeight % 16 == 0
        && TilesAcross * TilesDown == TileOffsets.Length && TileByteCounts.Length == TileOffsets.Length;
}
