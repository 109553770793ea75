using NetVips;

namespace Mhim.Tiling.Tests.Slides.Fast;

/// <summary>Writes small tiled pyramids with sharp, coloured detail, the hardest for chroma and for coordinates.</summary>
sealed class DrawnTiff : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-fast-").FullName;

    public string Path => System.IO.Path.Combine(folder, "drawn.tif");

    internal static DrawnTiff Write(int width, int height, Enums.ForeignTiffCompression compression = Enums.ForeignTiffCompression.Jpeg,
        int quality = 80, bool big = false, int tile = 256, bool pyramid = true)
    {
        var drawn = new DrawnTiff();
        using var picture = Image.NewFromMemory(Pixels(width, height), width, height, 3, Enums.BandFormat.Uchar);
        using var named = picture.Copy(interpretation: Enums.Interpretation.Srgb);
        named.Tiffsave(drawn.Path, compression: compression, q: quality, tile: true, tileWidth: tile, tileHeight: tile, pyramid: pyramid,
            bigtiff: big, resunit: Enums.ForeignTiffResunit.Cm, xres: 2000, yres: 2000);
        return drawn;
    }

    // Waves of three periods, coloured discs, and noise that a seed fixes.
    static byte[] Pixels(int width, int height)
    {
        var random = new Random(7);
        var rgb = new byte[width * height * 3];
        for (int y = 0, o = 0; y < height; y++)
            for (int x = 0; x < width; x++, o += 3)
            {
                bool disc = (x % 37 - 18) * (x % 37 - 18) + (y % 41 - 20) * (y % 41 - 20) < 90;
                int noise = random.Next(24);
                rgb[o] = (byte)(disc ? 120 : 200 + 30 * Math.Sin(x / 9.0) + noise);
                rgb[o + 1] = (byte)(disc ? 40 + noise : 150 + 60 * Math.Sin(y / 13.0) + noise);
                rgb[o + 2] = (byte)(disc ? 140 + noise : 190 + 40 * Math.Sin((x + y) / 21.0));
            }
        return rgb;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
