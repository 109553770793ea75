using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mhim.Tiling.Tissue;

/// <summary>What <see cref="Focus"/> does with a tile's brightness, eight pixels at a time. Planes are square, [side, side], and may lie in larger memory.</summary>
internal static class GreyPlane
{
    const int Lanes = 8, AtOnce = 4;
    const float Red = 0.299f, Green = 0.587f, Blue = 0.114f;

    /// <summary>Brightness of pixels.</summary>
    internal static void Of(ReadOnlySpan<byte> rgb, Span<float> grey)
    {
        const byte none = 255; // the index of nothing: a zero
        var reds = Vector128.Create((byte)0, none, none, none, 3, none, none, none, 6, none, none, none, 9, none, none, none);
        var (greens, blues) = (reds + Vector128<int>.One.AsByte(), reds + Vector128.Create(2).AsByte());
        static Vector128<float> Numbers(Vector128<byte> pixels, Vector128<byte> which) => Vector128.ConvertToSingle(Vector128.Shuffle(pixels, which).AsInt32());

        ref byte first = ref MemoryMarshal.GetReference(rgb[..(grey.Length * 3)]);
        int i = 0;
        for (; (i + AtOnce + 2) * 3 <= rgb.Length && i + AtOnce <= grey.Length; i += AtOnce) // 16 bytes are five pixels and a part
        {
            var pixels = Vector128.LoadUnsafe(ref first, (nuint)i * 3);
            (Numbers(pixels, reds) * Red + Numbers(pixels, greens) * Green + Numbers(pixels, blues) * Blue).CopyTo(grey[i..]);
        }
        for (; i < grey.Length; i++)
            grey[i] = Red * rgb[3 * i] + Green * rgb[3 * i + 1] + Blue * rgb[3 * i + 2];
    }

    /// <summary>Half the side, in place: means of 2×2.</summary>
    internal static void Halve(Span<float> grey, int side)
    {
        int half = side / 2;
        for (int y = 0; y < half; y++)
            for (int x = 0, at = 2 * y * side; x < half; x++, at += 2)
                grey[y * half + x] = (grey[at] + grey[at + 1] + grey[at + side] + grey[at + side + 1]) / 4;
    }

    /// <summary>Weights 1 2 1 across and down; the edge is repeated outwards.</summary>
    internal static void Smooth(ReadOnlySpan<float> grey, int side, Span<float> result, Span<float> scratch)
    {
        for (int y = 0; y < side; y++)
        {
            var from = grey.Slice(y * side, side);
            var to = scratch.Slice(y * side, side);
            to[0] = (3 * from[0] + from[1]) / 4;
            Mix(from[..^2], from[1..^1], from[2..], to[1..^1]);
            to[side - 1] = (3 * from[side - 1] + from[side - 2]) / 4;
        }
        ReadOnlySpan<float> rows = scratch;
        for (int y = 0; y < side; y++)
            Mix(rows.Slice(Math.Max(0, y - 1) * side, side), rows.Slice(y * side, side), rows.Slice(Math.Min(side - 1, y + 1) * side, side), result.Slice(y * side, side));
    }

    /// <summary>Every second pixel of every second row.</summary>
    /// <returns>The new side.</returns>
    internal static int EverySecond(ReadOnlySpan<float> grey, int side, Span<float> result)
    {
        int half = (side + 1) / 2;
        for (int y = 0; y < half; y++)
            for (int x = 0; x < half; x++)
                result[y * half + x] = grey[2 * y * side + 2 * x];
        return half;
    }

    static void Mix(ReadOnlySpan<float> before, ReadOnlySpan<float> middle, ReadOnlySpan<float> after, Span<float> to)
    {
        int i = 0;
        for (; i <= to.Length - Lanes; i += Lanes)
            ((Vector256.Create(before[i..]) + 2 * Vector256.Create(middle[i..]) + Vector256.Create(after[i..])) * 0.25f).CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] = (before[i] + 2 * middle[i] + after[i]) / 4;
    }
}
