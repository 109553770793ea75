using Mhim.Features;

namespace Mhim.Tiling.Slides;

/// <summary>An open slide: a pyramid of pixels. Every member may be called from several threads at once.</summary>
public interface ISlide : IDisposable
{
    /// <summary>The file it was opened from.</summary>
    string Path { get; }

    /// <summary>What is known of it without reading pixels.</summary>
    SlideInfo Info { get; }

    /// <summary>Reads a rectangle of one level. What lies outside the slide, or was not scanned, is white.</summary>
    /// <param name="level">0 (full size) to <c>Info.Levels.Count − 1</c>.</param>
    /// <param name="x0">Left edge in level-0 pixels; may be negative.</param>
    /// <param name="y0">Top edge in level-0 pixels; may be negative.</param>
    /// <param name="width">Width in pixels of that level, at least 1.</param>
    /// <param name="height">Height in pixels of that level, at least 1.</param>
    /// <param name="rgb">[height, width, 3], filled.</param>
    /// <exception cref="InputException"><c>slide-unreadable</c>: the file is damaged here.</exception>
    /// <exception cref="ArgumentException">No such level, or the span is too short.</exception>
    void ReadRegion(int level, long x0, long y0, int width, int height, Span<byte> rgb);

    /// <summary>
    /// Reads a rectangle of a level made smaller by a whole factor, where the file's coding gives that for less than the full level (JPEG: the
    /// decoder leaves out what is too fine). For resolutions between the levels.
    /// </summary>
    /// <param name="level">0 (full size) to <c>Info.Levels.Count − 1</c>.</param>
    /// <param name="shrink">2, 4 or 8; a pixel read covers shrink² pixels of the level.</param>
    /// <param name="x0">Left edge in level-0 pixels; may be negative.</param>
    /// <param name="y0">Top edge in level-0 pixels; may be negative.</param>
    /// <param name="width">Width in pixels of the smaller picture, at least 1.</param>
    /// <param name="height">Height in pixels of the smaller picture, at least 1.</param>
    /// <param name="rgb">[height, width, 3]; filled when the answer is true, otherwise of no meaning.</param>
    /// <returns>False where only <see cref="ReadRegion"/> will do.</returns>
    /// <exception cref="InputException"><c>slide-unreadable</c>: the file is damaged here.</exception>
    bool TryReadShrunk(int level, int shrink, long x0, long y0, int width, int height, Span<byte> rgb) => false;

    /// <summary>
    /// Reads a rectangle of a level made smaller by a power of two, every pixel the exact mean of those that it covers (halves rounded up), where the reader can
    /// do that without putting the rectangle together first. The bytes are those of <see cref="ReadRegion"/>, averaged.
    /// </summary>
    /// <param name="level">0 (full size) to <c>Info.Levels.Count − 1</c>.</param>
    /// <param name="factor">2, 4, 8 or 16; a pixel is the mean of factor² pixels of the level.</param>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="width">Width in pixels of the smaller picture, at least 1.</param>
    /// <param name="height">Height in pixels of the smaller picture, at least 1.</param>
    /// <param name="rgb">[height, width, 3]; filled when the answer is true, otherwise of no meaning.</param>
    /// <returns>False where only <see cref="ReadRegion"/> will do.</returns>
    /// <exception cref="InputException"><c>slide-unreadable</c>: the file is damaged here.</exception>
    bool TryReadMean(int level, int factor, long x0, long y0, int width, int height, Span<byte> rgb) => false;
}
