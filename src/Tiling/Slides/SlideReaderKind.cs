namespace Mhim.Tiling.Slides;

/// <summary>Who decodes a slide's pixels. The pixels are the same (to 2 grey levels); only the time differs.</summary>
public enum SlideReaderKind
{
    /// <summary>The fast reader for tiled JPEG TIFF and Aperio SVS, OpenSlide for everything else.</summary>
    Auto,

    /// <summary>OpenSlide for everything; for comparison.</summary>
    OpenSlide,
}
