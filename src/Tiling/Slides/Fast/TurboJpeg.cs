using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Mhim.Tiling.Slides.Fast;

/// <summary>The five functions of libturbojpeg (turbojpeg.h of 2.0 and later) that decode a tile. The library need not be installed.</summary>
internal static unsafe class TurboJpeg
{
    const int Rgb = 0, Warning = 0; // TJPF_RGB, TJERR_WARNING

    static readonly string[] Names = ["libturbojpeg.so.0", "libturbojpeg.dylib", "turbojpeg.dll"];
    static readonly ConcurrentBag<Decompressor> Idle = [];

    static readonly delegate* unmanaged<nint> Init;
    static readonly delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int> Decompress;
    static readonly delegate* unmanaged<nint, int> ErrorCode;
    static readonly delegate* unmanaged<nint, byte*> ErrorText;
    static readonly delegate* unmanaged<nint, int> Destroy;

    static TurboJpeg()
    {
        foreach (var name in Names)
        {
            if (!NativeLibrary.TryLoad(name, typeof(TurboJpeg).Assembly, null, out var library)
                || !NativeLibrary.TryGetExport(library, "tjGetErrorCode", out var code)) // absent before 2.0
                continue;
            ErrorCode = (delegate* unmanaged<nint, int>)code;
            ErrorText = (delegate* unmanaged<nint, byte*>)NativeLibrary.GetExport(library, "tjGetErrorStr2");
            Init = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "tjInitDecompress");
            Destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "tjDestroy");
            Decompress = (delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int>)NativeLibrary.GetExport(library, "tjDecompress2");
            Available = true;
            return;
        }
    }

    /// <summary>The library is there.</summary>
    internal static bool Available { get; }

    /// <summary>Decodes a stream at its own size or smaller, with libjpeg's defaults: exact integer transform, smooth chroma.</summary>
    /// <param name="jpeg">The stream.</param>
    /// <param name="width">Wanted width: the picture's, or a half, quarter or eighth of it.</param>
    /// <param name="height">Wanted height.</param>
    /// <param name="rgb">[height, width, 3].</param>
    /// <param name="stride">Bytes from row to row; 0: the rows lie side by side.</param>
    /// <returns>False when the stream is broken, also where the decoder would guess the pixels.</returns>
    internal static bool Decode(ReadOnlySpan<byte> jpeg, int width, int height, Span<byte> rgb, int stride = 0)
    {
        stride = stride == 0 ? width * 3 : stride;
        if (stride < width * 3 || rgb.Length < (long)stride * (height - 1) + width * 3)
            throw new ArgumentException("The span is too short.", nameof(rgb));
        if (!Idle.TryTake(out var decompressor))
            decompressor = new Decompressor(Init());
        if (decompressor.IsInvalid)
            throw new OutOfMemoryException("libturbojpeg has no memory for a decoder.");
        var handle = decompressor.DangerousGetHandle(); // nobody else has it: it is not in the bag
        try
        {
            fixed (byte* from = jpeg, to = rgb)
                return Decompress(handle, from, new CULong((nuint)jpeg.Length), to, width, stride, height, Rgb, 0) == 0 || IsHarmless(handle);
        }
        finally
        {
            Idle.Add(decompressor);
        }
    }

    // Filling bytes before the end marker. All other warnings mean guessed pixels, and so may many bytes: the code ran out of step.
    static bool IsHarmless(nint handle)
    {
        const int most = 3;
        if (ErrorCode(handle) != Warning || Marshal.PtrToStringUTF8((nint)ErrorText(handle)) is not { } text)
            return false;
        for (int count = 1; count <= most; count++)
            if (text.Contains($" {count} extraneous bytes before marker 0xd9", StringComparison.Ordinal))
                return true;
        return false;
    }

    /// <summary>Owns a <c>tjhandle</c>; used by one thread at a time, kept for the next one.</summary>
    sealed class Decompressor : SafeHandle
    {
        internal Decompressor(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => Destroy(handle) == 0;
    }
}
