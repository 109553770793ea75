using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Viewer;

/// <summary>Reads for pictures that people look at: what is damaged is hatched, never white, and the rest is shown. What is computed on is read with <see cref="SlideRegion"/>.</summary>
internal static class DamagedRegion
{
    const int SmallestBlock = 512; // source pixels, as where tissue is sought: of a damaged area the readable rest is read, down to squares of this side
    const int Stripe = 4; // pixels
    const byte Dark = 110, Light = 190;

    /// <summary>Reads a rectangle as <see cref="SlideRegion.Read(ISlide, double, double, double, int, int)"/> does, and goes on where the file is damaged.</summary>
    internal static RgbImage Read(ISlide slide, double x0, double y0, double downsample, int width, int height)
    {
        try
        {
            return SlideRegion.Read(slide, x0, y0, downsample, width, height);
        }
        catch (InputException e) when (e.Code == "slide-unreadable")
        {
            var image = new RgbImage(width, height, new byte[(long)width * height * 3]);
            int smallest = Math.Max(1, (int)(SmallestBlock * slide.Info.Levels[LevelScale.BestLevel(slide.Info, downsample)].Downsample / downsample));
            Quarter(0, 0, width, height);
            return image;

            void Quarter(int left, int top, int columns, int rows)
            {
                if (Math.Max(columns, rows) <= smallest)
                {
                    Hatch(image, left, top, columns, rows);
                    return;
                }
                int half = (columns + 1) / 2, middle = (rows + 1) / 2;
                foreach (var (x, y, w, h) in (ReadOnlySpan<(int, int, int, int)>)
                    [(0, 0, half, middle), (half, 0, columns - half, middle), (0, middle, half, rows - middle), (half, middle, columns - half, rows - middle)])
                    if (w > 0 && h > 0 && !TryRead(left + x, top + y, w, h))
                        Quarter(left + x, top + y, w, h);
            }

            bool TryRead(int left, int top, int columns, int rows)
            {
                try
                {
                    Put(image, SlideRegion.Read(slide, x0 + left * downsample, y0 + top * downsample, downsample, columns, rows), left, top);
                    return true;
                }
                catch (InputException damage) when (damage.Code == "slide-unreadable")
                {
                    return false;
                }
            }
        }
    }

    static void Put(RgbImage image, RgbImage part, int left, int top)
    {
        for (int y = 0; y < part.Height; y++)
            part.Rgb.AsSpan(y * part.Width * 3, part.Width * 3).CopyTo(image.Rgb.AsSpan(((top + y) * image.Width + left) * 3));
    }

    static void Hatch(RgbImage image, int left, int top, int columns, int rows)
    {
        for (int y = top; y < top + rows; y++)
            for (int x = left; x < left + columns; x++)
                image.Rgb.AsSpan((y * image.Width + x) * 3, 3).Fill((x + y) / Stripe % 2 == 0 ? Dark : Light);
    }
}
