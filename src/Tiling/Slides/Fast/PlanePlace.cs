namespace Mhim.Tiling.Slides.Fast;

/// <summary>Where a level-0 coordinate falls on a coarser plane, as OpenSlide sees it (to 1/256 pixel, whole pixels left of 0).</summary>
/// <param name="Pixel">The plane's pixel.</param>
/// <param name="Fraction">1/256 pixels behind it, 0 to 255.</param>
internal readonly record struct PlanePlace(long Pixel, int Fraction)
{
    internal static PlanePlace Of(long level0, double downsample)
    {
        if (level0 < 0)
            return new PlanePlace(-(long)(-level0 / downsample), 0);
        var parts = (long)Math.Round(level0 / downsample * 256);
        return new PlanePlace(parts >> 8, (int)(parts & 255));
    }
}

/// <summary>Moves a picture by parts of a pixel.</summary>
internal static class Shift
{
    /// <summary>Mixes each pixel with its right, lower and lower right neighbour.</summary>
    /// <param name="from">[height + 1, width + 1, 3].</param>
    /// <param name="width">Width of the result.</param>
    /// <param name="height">Height of the result.</param>
    /// <param name="right">Weight of the right neighbours in 1/256.</param>
    /// <param name="down">Weight of the lower neighbours in 1/256.</param>
    /// <param name="to">[height, width, 3].</param>
    internal static void Bilinear(ReadOnlySpan<byte> from, int width, int height, int right, int down, Span<byte> to)
    {
        int stride = (width + 1) * 3, left = 256 - right, up = 256 - down;
        for (int y = 0; y < height; y++)
        {
            var upper = from.Slice(y * stride, stride);
            var lower = from.Slice((y + 1) * stride, stride);
            var row = to.Slice(y * width * 3, width * 3);
            for (int i = 0; i < row.Length; i++)
                row[i] = (byte)((up * (left * upper[i] + right * upper[i + 3]) + down * (left * lower[i] + right * lower[i + 3]) + (1 << 15)) >> 16);
        }
    }
}
