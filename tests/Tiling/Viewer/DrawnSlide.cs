using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tests;

/// <summary>A slide in memory whose every level-0 pixel says where it is: R and G are its column and row, B the level that was read.</summary>
sealed class DrawnSlide(int width, int height, SlideBounds? bounds = null, params double[] downsamples) : ISlide
{
    public string Path => "drawn";

    public SlideInfo Info { get; } = new("drawn", width, height,
        [.. new[] { 1.0 }.Concat(downsamples).Select(d => new SlideLevel((long)(width / d), (long)(height / d), d))],
        new Resolution(0.5, ResolutionSource.User, null, null), null, bounds, null, [], new Dictionary<string, string>());

    public void ReadRegion(int level, long x0, long y0, int w, int h, Span<byte> rgb)
    {
        double step = Info.Levels[level].Downsample;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
            {
                double px = x0 + x * step, py = y0 + y * step;
                var pixel = rgb.Slice((y * w + x) * 3, 3);
                if (px < 0 || py < 0 || px >= width || py >= height)
                    pixel.Fill(255);
                else
                    (pixel[0], pixel[1], pixel[2]) = ((byte)((int)px / 4 % 200), (byte)((int)py / 4 % 200), (byte)level);
            }
    }

    public void Dispose()
    {
    }
}
