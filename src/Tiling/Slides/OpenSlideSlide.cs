using System.Globalization;
using System.Runtime.InteropServices;
using Mhim.Features;

namespace Mhim.Tiling.Slides;

/// <summary>
/// A slide through libopenslide. Known traps that it deals with: <c>openslide_open</c> returns null for what is no slide; an error sticks
/// to the handle, which returns zeros from then on, so after one the handle is opened anew; pixels are premultiplied ARGB, 0 outside the
/// slide; an unknown level gives zeros without an error.
/// </summary>
internal sealed class OpenSlideSlide : ISlide
{
    readonly Lock opening = new();
    readonly uint background;
    volatile OpenSlideHandle handle;

    internal OpenSlideSlide(string path, double? mpp)
    {
        Path = path;
        handle = OpenHandle(path);
        try
        {
            Info = ReadInfo(handle, path, mpp);
            background = Info.Background is { } colour && uint.TryParse(colour, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var rgb)
                ? rgb & 0xFFFFFF
                : 0xFFFFFF;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public SlideInfo Info { get; }

    public void ReadRegion(int level, long x0, long y0, int width, int height, Span<byte> rgb)
    {
        if (level < 0 || level >= Info.Levels.Count)
            throw new ArgumentOutOfRangeException(nameof(level), level, $"The slide has levels 0 to {Info.Levels.Count - 1}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        long pixels = (long)width * height;
        if (rgb.Length < pixels * 3)
            throw new ArgumentException($"{pixels * 3} bytes are wanted for {width}×{height} pixels, there is room for {rgb.Length}.", nameof(rgb));

        var argb = System.Buffers.ArrayPool<uint>.Shared.Rent(checked((int)pixels));
        try
        {
            ref uint first = ref MemoryMarshal.GetArrayDataReference(argb);
            var shared = Borrow();
            string? error;
            try
            {
                OpenSlideApi.openslide_read_region(shared, ref first, x0, y0, level, width, height);
                error = ErrorOf(shared);
            }
            finally
            {
                shared.DangerousRelease();
            }
            if (error is not null)
                ReadAlone(shared, ref first, level, x0, y0, width, height);
            Unmultiply(argb.AsSpan(0, (int)pixels), rgb);
        }
        finally
        {
            System.Buffers.ArrayPool<uint>.Shared.Return(argb);
        }
    }

    public void Dispose() => handle.Dispose();

    // Premultiplied over a background is one multiplication per channel: c + (255 − a)·background / 255.
    void Unmultiply(ReadOnlySpan<uint> argb, Span<byte> rgb)
    {
        uint backR = background >> 16, backG = background >> 8 & 255, backB = background & 255;
        for (int i = 0, o = 0; i < argb.Length; i++, o += 3)
        {
            uint pixel = argb[i], alpha = pixel >> 24;
            if (alpha == 255)
            {
                rgb[o] = (byte)(pixel >> 16);
                rgb[o + 1] = (byte)(pixel >> 8);
                rgb[o + 2] = (byte)pixel;
                continue;
            }
            uint rest = 255 - alpha;
            rgb[o] = (byte)Math.Min(255, (pixel >> 16 & 255) + (rest * backR + 127) / 255);
            rgb[o + 1] = (byte)Math.Min(255, (pixel >> 8 & 255) + (rest * backG + 127) / 255);
            rgb[o + 2] = (byte)Math.Min(255, (pixel & 255) + (rest * backB + 127) / 255);
        }
    }

    // Others may replace the handle between taking and using it; what is borrowed stays open until it is released.
    OpenSlideHandle Borrow()
    {
        while (true)
        {
            var current = handle;
            bool borrowed = false;
            try
            {
                current.DangerousAddRef(ref borrowed);
                return current;
            }
            catch (ObjectDisposedException) when (!ReferenceEquals(current, handle))
            {
            }
        }
    }

    // After an error the handle is useless and is opened anew. The error may be that of a read on another thread: a handle of our own tells.
    void ReadAlone(OpenSlideHandle failed, ref uint argb, int level, long x0, long y0, int width, int height)
    {
        lock (opening)
            if (ReferenceEquals(handle, failed))
            {
                handle = OpenHandle(Path);
                failed.Dispose();
            }
        using var alone = OpenHandle(Path);
        OpenSlideApi.openslide_read_region(alone, ref argb, x0, y0, level, width, height);
        if (ErrorOf(alone) is { } error)
            throw Unreadable(Path, $"level {level} at ({x0}, {y0})", error);
    }

    internal static OpenSlideHandle OpenHandle(string path)
    {
        var handle = OpenSlideApi.openslide_open(path);
        if (handle.IsInvalid)
        {
            handle.Dispose();
            throw NotASlide.Refusal(path);
        }
        if (ErrorOf(handle) is not { } error)
            return handle;
        handle.Dispose();
        throw Unreadable(path, "its header", error);
    }

    internal static InputException Unreadable(string path, string where, string error) =>
        new("slide-unreadable", $"'{path}' is damaged: {where} cannot be read ({error.TrimEnd('.')}); copy or scan it again.");

    internal static string? ErrorOf(OpenSlideHandle handle)
    {
        var text = OpenSlideApi.openslide_get_error(handle);
        return text == 0 ? null : Marshal.PtrToStringUTF8(text);
    }

    static SlideInfo ReadInfo(OpenSlideHandle handle, string path, double? mpp)
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in OpenSlideApi.Strings(OpenSlideApi.openslide_get_property_names(handle)))
            properties[name] = Marshal.PtrToStringUTF8(OpenSlideApi.openslide_get_property_value(handle, name)) ?? "";

        var levels = new List<SlideLevel>();
        for (int level = 0; level < OpenSlideApi.openslide_get_level_count(handle); level++)
        {
            OpenSlideApi.openslide_get_level_dimensions(handle, level, out var width, out var height);
            levels.Add(new SlideLevel(width, height, OpenSlideApi.openslide_get_level_downsample(handle, level)));
        }
        var associated = OpenSlideApi.Strings(OpenSlideApi.openslide_get_associated_image_names(handle));
        if (ErrorOf(handle) is { } error)
            throw Unreadable(path, "its header", error);
        if (levels.Count == 0 || levels.Exists(level => level.Width < 1 || level.Height < 1 || !(level.Downsample >= 1)))
            throw Unreadable(path, "its pyramid", "a level has no pixels");

        double? Number(string name) => properties.TryGetValue(name, out var text) ? ResolutionClaims.Parse(text) : null;
        SlideBounds? bounds = Number("openslide.bounds-x") is { } x && Number("openslide.bounds-y") is { } y
            && Number("openslide.bounds-width") is >= 1 and { } w && Number("openslide.bounds-height") is >= 1 and { } h
                ? new SlideBounds((long)x, (long)y, (long)w, (long)h)
                : null;
        return new SlideInfo(properties.GetValueOrDefault("openslide.vendor", "unknown"), levels[0].Width, levels[0].Height, levels,
            SlideResolution.Of(path, properties, mpp), Number("openslide.objective-power"), bounds,
            properties.GetValueOrDefault("openslide.background-color"), associated, properties);
    }
}
