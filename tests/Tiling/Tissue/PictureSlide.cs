using Mhim.Tiling.Slides;
using SkiaSharp;

namespace Mhim.Tiling.Tests.Tissue;

/// <summary>A picture as a slide of one level: for thumbnails and for colours drawn by a test.</summary>
sealed class PictureSlide(byte[] rgb, int width, int height, double mpp) : ISlide
{
    public string Path => "picture";

    public SlideInfo Info { get; } = new("test", width, height, [new SlideLevel(width, height, 1)],
        new Resolution(mpp, ResolutionSource.User, null, null), null, null, null, [], new Dictionary<string, string>());

    internal byte[] Rgb => rgb;

    internal static PictureSlide Load(string path, double mpp)
    {
        using var bitmap = SKBitmap.Decode(path);
        var pixels = bitmap.Pixels;
        return new PictureSlide([.. pixels.SelectMany(p => (byte[])[p.Red, p.Green, p.Blue])], bitmap.Width, bitmap.Height, mpp);
    }

    public void ReadRegion(int level, long x0, long y0, int w, int h, Span<byte> into)
    {
        into[..(w * h * 3)].Fill(255);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                if (x0 + x >= 0 && x0 + x < width && y0 + y >= 0 && y0 + y < height)
                    rgb.AsSpan((int)(((y0 + y) * width + x0 + x) * 3), 3).CopyTo(into[((y * w + x) * 3)..]);
    }

    public void Dispose()
    {
    }
}
