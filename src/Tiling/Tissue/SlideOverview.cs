using System.Buffers;
using System.Runtime.ExceptionServices;
using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tissue;

/// <summary>A slide's colours at a low resolution. Read in blocks, so that memory does not grow with the slide.</summary>
/// <param name="Width">Width in map pixels.</param>
/// <param name="Height">Height in map pixels.</param>
/// <param name="Saturation">[height · width], HSV's, 0 to 255; 0 outside the scanned part.</param>
/// <param name="Inside">[height · width]: 1 in the scanned part.</param>
/// <param name="Rgb">[height · width · 3]: mean colour; 0 outside the scanned part.</param>
internal sealed record SlideOverview(int Width, int Height, byte[] Saturation, byte[] Inside, byte[] Rgb)
{
    /// <summary>A slide of which more than this share cannot be read is refused at once, unless more is allowed.</summary>
    internal const double MostUnreadable = 0.05;

    const int SmallestBlock = 512; // source pixels: of a damaged block the readable rest is read, down to squares of this side

    long unreadable;

    /// <summary>[height · width]: 1 where the file is damaged; null: nowhere.</summary>
    internal byte[]? Unreadable { get; private set; }

    /// <summary>The coarsest map, and no less than which its longer side shall have, where the slide permits.</summary>
    internal const int Coarsest = 64, SmallestSide = 256;

    /// <summary>What the map's longer side never exceeds.</summary>
    internal const int LargestSide = 4096;

    const int BlockSide = 2048; // of source pixels: 16 MB a worker, and few tiles of the file are decoded twice

    /// <summary>
    /// Level-0 pixels per map pixel: 64; less (a power of two) for a slide whose map would be under 256 pixels, more for one whose map
    /// would be over 4096.
    /// </summary>
    internal static double DownsampleFor(SlideInfo info)
    {
        double longer = Math.Max(info.Width, info.Height), downsample = Coarsest;
        while (downsample > 1 && longer / downsample < SmallestSide)
            downsample /= 2;
        return Math.Max(downsample, longer / LargestSide);
    }

    /// <summary>The level to read, and how many of its pixels make one of the map: 1 where a level is within 1.5× of what is wanted.</summary>
    internal static (int Level, double Factor) SourceFor(SlideInfo info, double downsample)
    {
        int nearest = Enumerable.Range(0, info.Levels.Count).MinBy(level => Math.Abs(Math.Log(info.Levels[level].Downsample / downsample)));
        var found = info.Levels[nearest];
        if (Math.Abs(Math.Log(found.Downsample / downsample)) <= Math.Log(1.5) && Math.Max(found.Width, found.Height) <= LargestSide)
            return (nearest, 1);
        int level = info.BestLevelFor(downsample);
        return (level, downsample / info.Levels[level].Downsample);
    }

    /// <param name="slide">The slide.</param>
    /// <param name="most">Share of it that may be unreadable, 0 to 1.</param>
    /// <exception cref="InputException"><c>slide-unreadable</c>: more than that is.</exception>
    internal static SlideOverview Read(ISlide slide, double most)
    {
        var info = slide.Info;
        var (level, factor) = SourceFor(info, DownsampleFor(info));
        var source = info.Levels[level];
        int width = Math.Max(1, (int)Math.Round(source.Width / factor)), height = Math.Max(1, (int)Math.Round(source.Height / factor));
        var map = new SlideOverview(width, height, new byte[width * height], new byte[width * height], new byte[width * height * 3]);

        // Scanned part in map pixels; a pixel that it touches belongs to it.
        double perX = info.Width / (double)width, perY = info.Height / (double)height;
        var scanned = info.Scanned;
        int left = Math.Clamp((int)(scanned.X / perX), 0, width - 1), top = Math.Clamp((int)(scanned.Y / perY), 0, height - 1);
        int right = Math.Clamp((int)Math.Ceiling((scanned.X + scanned.Width) / perX), left + 1, width);
        int bottom = Math.Clamp((int)Math.Ceiling((scanned.Y + scanned.Height) / perY), top + 1, height);
        for (int y = top; y < bottom; y++)
            map.Inside.AsSpan(y * width + left, right - left).Fill(1);

        int side = Math.Max(1, (int)(BlockSide / factor));
        var blocks = (from y in Enumerable.Range(0, (bottom - top + side - 1) / side)
                      from x in Enumerable.Range(0, (right - left + side - 1) / side)
                      select (X: left + x * side, Y: top + y * side)).ToArray();
        try
        {
            Parallel.ForEach(blocks, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, block =>
                map.ReadWhatCanBe(slide, level, block.X, block.Y, Math.Min(side, right - block.X), Math.Min(side, bottom - block.Y),
                    Math.Max(1, (int)(SmallestBlock / factor)), (long)(most * (right - left) * (bottom - top))));
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is InputException { Code: "slide-unreadable" } damage)
        {
            throw SlideDamage.Refuse(slide.Path, most, "it", damage);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return map;
    }

    // A damaged place shall not cost the slide, only the tiles that lie on it.
    void ReadWhatCanBe(ISlide slide, int level, int x0, int y0, int columns, int rows, int smallest, long most)
    {
        try
        {
            ReadBlock(slide, level, x0, y0, columns, rows);
        }
        catch (InputException e) when (e.Code == "slide-unreadable" && Interlocked.Read(ref unreadable) <= most)
        {
            if (Math.Max(columns, rows) <= smallest)
            {
                if (Interlocked.Add(ref unreadable, (long)columns * rows) > most)
                    throw;
                lock (Inside)
                    Unreadable ??= new byte[Inside.Length];
                for (int y = y0; y < y0 + rows; y++)
                {
                    Unreadable.AsSpan(y * Width + x0, columns).Fill(1);
                    Rgb.AsSpan((y * Width + x0) * 3, columns * 3).Fill(255); // as glass for the search of tissue; its tiles are named unreadable
                }
                return;
            }
            int left = Math.Max(1, columns / 2), top = Math.Max(1, rows / 2);
            foreach (var (x, y, width, height) in (ReadOnlySpan<(int, int, int, int)>)
                [(0, 0, left, top), (left, 0, columns - left, top), (0, top, left, rows - top), (left, top, columns - left, rows - top)])
                if (width > 0 && height > 0)
                    ReadWhatCanBe(slide, level, x0 + x, y0 + y, width, height, smallest, most);
        }
    }

    void ReadBlock(ISlide slide, int level, int x0, int y0, int columns, int rows)
    {
        var source = slide.Info.Levels[level];
        // Map pixel i holds the source pixels from i · n / Width up to the next one's first.
        int FirstColumn(int x) => (int)(x * source.Width / Width);
        int FirstRow(int y) => (int)(y * source.Height / Height);
        int left = FirstColumn(x0), top = FirstRow(y0), width = FirstColumn(x0 + columns) - left, height = FirstRow(y0 + rows) - top;
        var rgb = ArrayPool<byte>.Shared.Rent(width * height * 3);
        try
        {
            slide.ReadRegion(level, (long)Math.Round(left * source.Downsample), (long)Math.Round(top * source.Downsample), width, height, rgb);
            for (int y = y0; y < y0 + rows; y++)
                for (int x = x0; x < x0 + columns; x++)
                    Set(y * Width + x, rgb, width, FirstColumn(x) - left, FirstColumn(x + 1) - left, FirstRow(y) - top, FirstRow(y + 1) - top);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rgb);
        }
    }

    // Saturation is that of the exact mean: rounding it to 8 bits first would move pale pixels over the threshold.
    void Set(int at, byte[] rgb, int width, int left, int right, int top, int bottom)
    {
        int r = 0, g = 0, b = 0, count = (right - left) * (bottom - top);
        for (int y = top; y < bottom; y++)
            for (int i = (y * width + left) * 3, end = (y * width + right) * 3; i < end; i += 3)
            {
                r += rgb[i];
                g += rgb[i + 1];
                b += rgb[i + 2];
            }
        int max = Math.Max(r, Math.Max(g, b)), min = Math.Min(r, Math.Min(g, b));
        Saturation[at] = max == 0 ? (byte)0 : (byte)((255L * (max - min) + max / 2) / max);
        if (count == 0)
            return;
        Rgb[3 * at] = (byte)((r + count / 2) / count);
        Rgb[3 * at + 1] = (byte)((g + count / 2) / count);
        Rgb[3 * at + 2] = (byte)((b + count / 2) / count);
    }
}
