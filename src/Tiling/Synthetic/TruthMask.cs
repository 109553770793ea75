using Mhim.Features;
using SkiaSharp;

namespace Mhim.Tiling.Synthetic;

/// <summary>
/// Where the tumour is on a synthetic slide: 8-bit grey PNG, one pixel for each block of 16×16 level-0 pixels;
/// 0 = glass, 85 = tissue, 255 = tumour.
/// </summary>
public sealed class TruthMask
{
    /// <summary>Level-0 pixels per pixel of the mask.</summary>
    public const int Downsample = 16;

    /// <summary>Value of a mask pixel on tissue without tumour.</summary>
    public const byte TissueValue = 85;

    /// <summary>Value of a mask pixel on tumour.</summary>
    public const byte TumourValue = 255;

    private readonly byte[] _values;

    private TruthMask(int columns, int rows, byte[] values) => (Columns, Rows, _values) = (columns, rows, values);

    /// <summary>Width of the mask in its own pixels.</summary>
    public int Columns { get; }

    /// <summary>Height of the mask in its own pixels.</summary>
    public int Rows { get; }

    /// <summary>Tumour's share of the slide's tissue, 0..1.</summary>
    public double TumourShareOfTissue =>
        _values.Count(value => value == TumourValue) / (double)Math.Max(_values.Count(value => value != 0), 1);

    /// <summary>Reads a mask that <see cref="SyntheticSlide.Write"/> wrote.</summary>
    /// <param name="path">The PNG.</param>
    /// <exception cref="InputException"><c>truth-unreadable</c>: missing or no PNG.</exception>
    public static TruthMask Load(string path)
    {
        using var codec = File.Exists(path) ? SKCodec.Create(path) : null;
        if (codec is not null)
        {
            var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Gray8, SKAlphaType.Opaque);
            var values = new byte[info.Width * info.Height];
            unsafe
            {
                fixed (byte* pixels = values)
                    if (codec.GetPixels(info, (nint)pixels, info.Width, SKCodecOptions.Default) == SKCodecResult.Success)
                        return new TruthMask(info.Width, info.Height, values);
            }
        }
        throw new InputException("truth-unreadable", $"The truth mask {path} is missing or no PNG; draw the slide again.");
    }

    /// <summary>Share of a square tile that is tumour, 0..1; what lies outside the slide counts as no tumour.</summary>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="sizeLevel0">Side in level-0 pixels, at least 1.</param>
    public double ShareOfTile(long x0, long y0, int sizeLevel0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeLevel0, 1);
        long right = x0 + sizeLevel0, bottom = y0 + sizeLevel0, tumour = 0;
        for (var row = Math.Max(y0 / Downsample, 0); row < Rows && row * Downsample < bottom; row++)
        {
            for (var column = Math.Max(x0 / Downsample, 0); column < Columns && column * Downsample < right; column++)
            {
                if (_values[row * Columns + column] != TumourValue)
                    continue;
                // Blocks at the tile's rim count by the part that lies inside.
                var across = Math.Min((column + 1) * Downsample, right) - Math.Max(column * Downsample, x0);
                var down = Math.Min((row + 1) * Downsample, bottom) - Math.Max(row * Downsample, y0);
                tumour += across * down;
            }
        }
        return (double)tumour / ((long)sizeLevel0 * sizeLevel0);
    }
}
