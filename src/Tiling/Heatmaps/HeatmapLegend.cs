using System.Globalization;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Heatmaps;

/// <summary>The strip below a heatmap: colour bar with numbers, what the scores are, scale bar, and what the picture must not be used for.</summary>
internal static class HeatmapLegend
{
    // Wide enough for the longest line of small letters: "scores ..." and the notice.
    internal const int LeastWidth = 570, Margin = 12;
    internal const string Notice = "research use only";
    const int Height = 76, BarHeight = 14;
    const byte PaleTissue = 235, DarkTissue = 110;

    /// <summary>The picture with the strip below it; the picture keeps its place and size.</summary>
    /// <param name="picture">The heatmap.</param>
    /// <param name="range">Scores at the ends of the colour bar.</param>
    /// <param name="options">How the picture was drawn, and what the scores are.</param>
    /// <param name="mpp">µm per pixel of the picture; null: no scale bar.</param>
    public static RgbImage Below(RgbImage picture, ScoreRange range, HeatmapOptions options, double? mpp)
    {
        // Narrow pictures get a wider strip: the words must fit.
        int width = Math.Max(picture.Width, LeastWidth);
        var image = new RgbImage(width, picture.Height + Height, new byte[width * (picture.Height + Height) * 3]);
        image.Rgb.AsSpan().Fill(255);
        for (int y = 0; y < picture.Height; y++)
            picture.Rgb.AsSpan(y * picture.Width * 3, picture.Width * 3).CopyTo(image.Rgb.AsSpan(y * width * 3));

        int top = picture.Height + 8, bar = Math.Min(220, width / 2 - 2 * Margin);
        PixelFont.Draw(image, Margin, top, options.Title, PixelFont.WidthOf(options.Title, 2) <= width - 2 * Margin ? 2 : 1);
        // The colours as they look in the picture: over pale tissue above, over dark tissue below.
        for (int x = 0; x < bar; x++)
        {
            Fill(image, Margin + x, top + 19, 1, BarHeight / 2, Heatmap.Over(PaleTissue, x / (bar - 1.0), options.Opacity));
            Fill(image, Margin + x, top + 19 + BarHeight / 2, 1, BarHeight / 2, Heatmap.Over(DarkTissue, x / (bar - 1.0), options.Opacity));
        }
        PixelFont.Draw(image, Margin, top + 37, Number(range.Low), 2);
        var high = Number(range.High);
        PixelFont.Draw(image, Margin + bar - PixelFont.WidthOf(high, 2), top + 37, high, 2);
        PixelFont.Draw(image, Margin, top + 57, $"scores {Number(range.Least)} to {Number(range.Most)}, {EndsOf(options)}", 1);
        PixelFont.Draw(image, width - Margin - PixelFont.WidthOf(Notice, 1), top + 57, Notice, 1);

        if (mpp is { } size)
        {
            double length = NiceLength(size * width / 4);
            int pixels = (int)Math.Round(length / size);
            Fill(image, width - Margin - pixels, top + 24, pixels, 4, (32, 32, 32));
            var words = length >= 1000 ? $"{length / 1000:0.##} mm" : $"{length:0.##} µm";
            PixelFont.Draw(image, width - Margin - PixelFont.WidthOf(words, 2), top + 37, words, 2);
        }
        return image;
    }

    /// <summary>Says where the ends of the colours come from: scores beyond them have the colour of the end.</summary>
    internal static string EndsOf(HeatmapOptions options) => (options.Low, options.High) switch
    {
        (null, null) => "colours from 1st to 99th percentile",
        (null, _) => "colours from 1st percentile to a set score",
        (_, null) => "colours from a set score to 99th percentile",
        _ => "colours between set scores",
    };

    /// <summary>The largest of 1, 2, 5 times a power of ten that is not above the limit.</summary>
    internal static double NiceLength(double limit)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(limit)));
        return limit >= 5 * power ? 5 * power : limit >= 2 * power ? 2 * power : power;
    }

    static string Number(float value) => value == 0 ? "0"
        : Math.Abs(value) is >= 0.001f and < 10_000 ? value.ToString("0.###", CultureInfo.InvariantCulture)
        : value.ToString("0.0e+0", CultureInfo.InvariantCulture);

    static void Fill(RgbImage image, int left, int top, int width, int height, (byte R, byte G, byte B) colour)
    {
        for (int y = top; y < top + height; y++)
            for (int x = left; x < left + width; x++)
            {
                int o = (y * image.Width + x) * 3;
                (image.Rgb[o], image.Rgb[o + 1], image.Rgb[o + 2]) = colour;
            }
    }
}
