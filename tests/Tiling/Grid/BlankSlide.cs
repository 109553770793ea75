using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tests.Grid;

/// <summary>A slide without a file, of one colour that depends on the place: for geometry alone.</summary>
sealed class BlankSlide(long width, long height, double mpp, SlideBounds? bounds = null) : ISlide
{
    public string Path => "blank.svs";

    public SlideInfo Info { get; } = new("test", width, height, [new SlideLevel(width, height, 1)],
        new Resolution(mpp, ResolutionSource.User, null, null), null, bounds, null, [], new Dictionary<string, string>());

    public void ReadRegion(int level, long x0, long y0, int w, int h, Span<byte> rgb)
    {
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
            {
                bool inside = x0 + x >= 0 && y0 + y >= 0 && x0 + x < width && y0 + y < height;
                int at = (y * w + x) * 3;
                rgb[at] = inside ? (byte)(x0 + x) : (byte)255;
                rgb[at + 1] = inside ? (byte)(y0 + y) : (byte)255;
                rgb[at + 2] = 255;
            }
    }

    public void Dispose()
    {
    }
}
