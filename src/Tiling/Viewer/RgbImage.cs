using SkiaSharp;

namespace Mhim.Tiling.Viewer;

/// <summary>Pixels in memory: [Height, Width, 3] RGB, 8 bit.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Rgb">[Height · Width · 3], rows from the top.</param>
public sealed record RgbImage(int Width, int Height, byte[] Rgb)
{
    /// <summary>As PNG.</summary>
    public byte[] ToPng() => Encode(SKEncodedImageFormat.Png, 100);

    /// <summary>As JPEG.</summary>
    /// <param name="quality">1 to 100.</param>
    public byte[] ToJpeg(int quality = 85) => Encode(SKEncodedImageFormat.Jpeg, quality);

    unsafe byte[] Encode(SKEncodedImageFormat format, int quality)
    {
        var rgbx = new byte[(long)Width * Height * 4];
        for (int i = 0, o = 0; i < Rgb.Length; i += 3, o += 4)
        {
            rgbx[o] = Rgb[i];
            rgbx[o + 1] = Rgb[i + 1];
            rgbx[o + 2] = Rgb[i + 2];
            rgbx[o + 3] = 255;
        }
        fixed (byte* pixels = rgbx)
        {
            using var pixmap = new SKPixmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)pixels);
            using var data = pixmap.Encode(format, quality) ?? throw new InvalidOperationException($"Skia did not encode {Width}×{Height} pixels as {format}.");
            return data.ToArray();
        }
    }
}
