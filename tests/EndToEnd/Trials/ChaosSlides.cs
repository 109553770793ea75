using Mhim.Tiling.Synthetic;
using NetVips;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>The slides of a chaos trial: most are fine, some cannot be tiled for a reason of their own.</summary>
static class ChaosSlides
{
    /// <summary>Draws them, <c>good-00.tif</c> and <c>blank-00.tif</c> and so on.</summary>
    /// <returns>Their paths, in the order in which they are sent.</returns>
    public static List<string> Draw(string folder, int count, int blank)
    {
        Directory.CreateDirectory(folder);
        var every = blank == 0 ? int.MaxValue : count / blank;
        return [.. Enumerable.Range(0, count).AsParallel().AsOrdered().Select(i =>
        {
            var isBlank = i % every == every - 1 && i / every < blank;
            var path = Path.Combine(folder, $"{(isBlank ? "blank" : "good")}-{i:00}.tif");
            if (isBlank)
            {
                using var white = (Image.Black(1000 + 10 * i, 900, bands: 3) + 244.0).Cast(Enums.BandFormat.Uchar);
                white.Tiffsave(path, compression: Enums.ForeignTiffCompression.Jpeg, tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, xres: 2000, yres: 2000);
            }
            else
                new SyntheticSlide($"good-{i:00}", $"c{i:00}", i % 2 == 0 ? SyntheticCohort.Normal : SyntheticCohort.Tumour, SyntheticScanner.Alpha, 1500 + 300 * (i % 5), 1300, (ulong)(i + 1))
                    .Write(path, Path.Combine(folder, "truth", $"{i:00}.png"));
            return path;
        })];
    }
}
