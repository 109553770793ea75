using System.Reflection;
using System.Runtime.InteropServices;
using Mhim.Features;

namespace Mhim.Tiling.Slides;

/// <summary>The functions of libopenslide that MHIM calls (openslide.h, 3.4 and 4.0 alike).</summary>
internal static partial class OpenSlideApi
{
    const string Library = "openslide";

    // 1: OpenSlide 4, 0: OpenSlide 3.4.
    static readonly string[] Names = ["libopenslide.so.1", "libopenslide.so.0", "libopenslide.1.dylib", "libopenslide-1.dll"];

    static OpenSlideApi() =>
        NativeLibrary.SetDllImportResolver(typeof(OpenSlideApi).Assembly, (name, assembly, path) => name == Library ? Load(assembly, path) : 0);

    static nint Load(Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var name in Names)
            if (NativeLibrary.TryLoad(name, assembly, path, out var handle))
                return handle;
        throw new InputException("openslide-missing",
            "OpenSlide, which reads the slides, is not installed; on Debian or Ubuntu: apt-get install libopenslide0 (or libopenslide1).");
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial OpenSlideHandle openslide_open(string filename);

    [LibraryImport(Library)]
    internal static partial void openslide_close(nint osr);

    [LibraryImport(Library)]
    internal static partial int openslide_get_level_count(OpenSlideHandle osr);

    [LibraryImport(Library)]
    internal static partial void openslide_get_level_dimensions(OpenSlideHandle osr, int level, out long width, out long height);

    [LibraryImport(Library)]
    internal static partial double openslide_get_level_downsample(OpenSlideHandle osr, int level);

    [LibraryImport(Library)]
    internal static partial void openslide_read_region(OpenSlideHandle osr, ref uint argb, long x, long y, int level, long width, long height);

    [LibraryImport(Library)]
    internal static partial nint openslide_get_error(OpenSlideHandle osr);

    [LibraryImport(Library)]
    internal static partial nint openslide_get_property_names(OpenSlideHandle osr);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint openslide_get_property_value(OpenSlideHandle osr, string name);

    [LibraryImport(Library)]
    internal static partial nint openslide_get_associated_image_names(OpenSlideHandle osr);

    [LibraryImport(Library)]
    internal static partial nint openslide_get_version();

    /// <summary>A NULL-terminated array of C strings that the library owns.</summary>
    internal static unsafe List<string> Strings(nint array)
    {
        var result = new List<string>();
        for (var entry = (nint*)array; entry is not null && *entry != 0; entry++)
            result.Add(Marshal.PtrToStringUTF8(*entry)!);
        return result;
    }
}

/// <summary>Owns an <c>openslide_t*</c>; closed once nobody uses it any more, also with a read under way on another thread.</summary>
internal sealed class OpenSlideHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpenSlideApi.openslide_close(handle);
        return true;
    }
}
