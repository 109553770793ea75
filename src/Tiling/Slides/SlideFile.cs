using Mhim.Features;
using Mhim.Tiling.Slides.Fast;

namespace Mhim.Tiling.Slides;

/// <summary>Opens slides of any format that OpenSlide reads.</summary>
public static class SlideFile
{
    /// <summary>File name endings that whole-slide formats use; only for finding slides in a folder, never for judging a file.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".svs", ".tif", ".tiff", ".ndpi", ".vms", ".vmu", ".scn", ".mrxs", ".svslide", ".bif", ".dcm", ".czi",
    };

    // 16,384²: 1 GB once decoded. Scanners write 240 to 4,096 pixels a side.
    const long MostTilePixels = 1L << 28;

    /// <summary>The slide's id: its file name without the extension. Matched exactly, never by substring.</summary>
    public static string IdOf(string path) => System.IO.Path.GetFileNameWithoutExtension(path);

    /// <summary>Opens a slide. Its resolution may still be unknown or in doubt: see <see cref="Resolution.Require"/>.</summary>
    /// <param name="path">The slide's file.</param>
    /// <param name="mpp">µm per pixel of level 0 when the user says it; takes precedence over what the file says. 0.1 to 5 is plausible, above 0 is accepted.</param>
    /// <param name="reader">Who decodes the pixels.</param>
    /// <param name="cacheMB">The most that decoded tiles may take, in MB; less for slides that many of are open at a time.</param>
    /// <exception cref="InputException"><c>slide-missing</c>, <c>slide-not-a-file</c>, <c>slide-empty</c>, <c>slide-unknown-format</c>,
    /// <c>slide-unreadable</c>, <c>slide-tiles-too-large</c> (a stored tile of more than 16,384²), <c>mpp-implausible</c> (the given value), <c>openslide-missing</c>.</exception>
    public static ISlide Open(string path, double? mpp = null, SlideReaderKind reader = SlideReaderKind.Auto, int cacheMB = 192)
    {
        if (mpp is { } given && !(given > 0 && double.IsFinite(given)))
            throw new InputException("mpp-implausible", $"{given} µm per pixel is no resolution; a number above 0 is wanted, for example 0.25.");
        if (Directory.Exists(path))
            throw new InputException("slide-not-a-file",
                $"'{path}' is a folder, not a slide; name one slide in it (for MIRAX the .mrxs file, for DICOM one of the .dcm files).");
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new InputException("slide-missing", $"There is no file '{path}'; check the path.");
        if (file.Length == 0)
            throw new InputException("slide-empty", $"'{path}' is empty (0 bytes); copy or upload it again.");
        var slide = new OpenSlideSlide(path, mpp);
        if (LargestStoredTile(slide.Info) is var (width, height) && width * height > MostTilePixels)
        {
            slide.Dispose();
            throw new InputException("slide-tiles-too-large",
                $"'{path}' stores its pixels in tiles of {width}×{height}; whoever wants one pixel would decode {width * height * 4 >> 20} MB. Export it with tiles of 256 or 512 pixels.");
        }
        return reader == SlideReaderKind.OpenSlide ? slide : FastTiffSlide.TryOpen(slide, (long)cacheMB << 20) ?? (ISlide)slide;
    }

    static (long Width, long Height)? LargestStoredTile(SlideInfo info)
    {
        long Of(int level, string side) => info.Properties.TryGetValue($"openslide.level[{level}].tile-{side}", out var text) && long.TryParse(text, out var pixels) ? pixels : 0;
        return Enumerable.Range(0, info.Levels.Count).Select(level => ((long, long)?)(Of(level, "width"), Of(level, "height"))).MaxBy(tile => tile!.Value.Item1 * tile.Value.Item2);
    }
}
