using Mhim.Features.Files;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Synthetic;
using Mhim.Tiling.Viewer;
using SkiaSharp;

namespace Mhim.Workers.Demo;

/// <summary>Pictures for the demo's report, small enough to be taken into one file.</summary>
static class DemoPictures
{
    const int MaxSide = 1024, Quality = 85;

    /// <summary>A heatmap as JPEG.</summary>
    /// <param name="png">The heatmap.</param>
    /// <param name="path">The JPEG.</param>
    public static void WriteJpeg(string png, string path)
    {
        using var picture = SKBitmap.Decode(png);
        using var data = picture.Encode(SKEncodedImageFormat.Jpeg, Quality);
        AtomicFile.WriteAllBytes(path, data.ToArray());
    }

    /// <summary>The slide's thumbnail with the drawn tumour outlined, to lie beside a heatmap of the same size.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="truth">Where its tumour is.</param>
    /// <param name="path">The JPEG.</param>
    public static void WriteTruth(ISlide slide, TruthMask truth, string path)
    {
        var thumbnail = Thumbnail.Read(slide, MaxSide);
        var image = thumbnail.Image;
        int block = Math.Max(1, (int)thumbnail.Downsample);
        var inside = new bool[image.Width * image.Height];
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
                inside[y * image.Width + x] = truth.ShareOfTile((long)(x * thumbnail.Downsample), (long)(y * thumbnail.Downsample), block) >= 0.5;

        // The outline is the ring of pixels outside the tumour within two pixels of it.
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
                if (!inside[y * image.Width + x] && Near(inside, image.Width, image.Height, x, y))
                {
                    int o = (y * image.Width + x) * 3;
                    (image.Rgb[o], image.Rgb[o + 1], image.Rgb[o + 2]) = (0, 90, 20);
                }
        AtomicFile.WriteAllBytes(path, image.ToJpeg(Quality));
    }

    static bool Near(bool[] inside, int width, int height, int x, int y)
    {
        for (int v = Math.Max(0, y - 2); v <= Math.Min(height - 1, y + 2); v++)
            for (int u = Math.Max(0, x - 2); u <= Math.Min(width - 1, x + 2); u++)
                if (inside[v * width + u])
                    return true;
        return false;
    }
}
