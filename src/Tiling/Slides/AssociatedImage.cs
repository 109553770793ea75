using System.Buffers;
using System.Runtime.InteropServices;
using Mhim.Features;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Slides;

/// <summary>
/// The label, macro and thumbnail images beside a slide's pyramid. A label can show a patient's name, and a macro image the label: nothing in MHIM reads them
/// but this, and this is called only where an administrator's setting asks for it.
/// </summary>
public static class AssociatedImage
{
    const long MostPixels = 64 << 20;

    /// <summary>Reads one.</summary>
    /// <param name="path">The slide's file.</param>
    /// <param name="name">One of <see cref="SlideInfo.AssociatedImages"/>.</param>
    /// <returns>Null when the slide has no image of this name.</returns>
    /// <exception cref="InputException"><c>slide-unreadable</c>, and those of <see cref="SlideFile.Open"/>.</exception>
    public static RgbImage? Read(string path, string name)
    {
        using var handle = OpenSlideSlide.OpenHandle(path);
        if (!OpenSlideApi.Strings(OpenSlideApi.openslide_get_associated_image_names(handle)).Contains(name))
            return null;
        OpenSlideApi.openslide_get_associated_image_dimensions(handle, name, out long width, out long height);
        if (width < 1 || height < 1 || width > MostPixels || height > MostPixels / width)
            throw OpenSlideSlide.Unreadable(path, $"its {name} image", $"{width}×{height} pixels");
        int pixels = (int)(width * height);
        var argb = ArrayPool<uint>.Shared.Rent(pixels);
        try
        {
            OpenSlideApi.openslide_read_associated_image(handle, name, ref MemoryMarshal.GetArrayDataReference(argb));
            if (OpenSlideSlide.ErrorOf(handle) is { } error)
                throw OpenSlideSlide.Unreadable(path, $"its {name} image", error);
            var image = new RgbImage((int)width, (int)height, new byte[pixels * 3]);
            for (int i = 0, o = 0; i < pixels; i++, o += 3)
            {
                // Premultiplied: over white, c + 255 − a.
                uint pixel = argb[i], white = 255 - (pixel >> 24);
                (image.Rgb[o], image.Rgb[o + 1], image.Rgb[o + 2]) =
                    ((byte)Math.Min(255, (pixel >> 16 & 255) + white), (byte)Math.Min(255, (pixel >> 8 & 255) + white), (byte)Math.Min(255, (pixel & 255) + white));
            }
            return image;
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(argb);
        }
    }
}

internal static partial class OpenSlideApi
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void openslide_get_associated_image_dimensions(OpenSlideHandle osr, string name, out long width, out long height);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void openslide_read_associated_image(OpenSlideHandle osr, string name, ref uint argb);
}
