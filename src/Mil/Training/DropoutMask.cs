using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Dropout masks out of a mixed counter (SplitMix64): the i-th number is dropped where bits 16·(i mod 4) of the mix of counter + ⌊i/4⌋ lie below a limit.</summary>
internal static class DropoutMask
{
    // Eight counters give 32 numbers of 16 bits at a time.
    const int Lane = 8, Block = 4 * Lane;

    /// <summary>0 or 1/(1−p) for every number of a tensor. libtorch draws a number in 9 ns; four at a time out of one mixed counter take half of one (p in steps of 1/65536).</summary>
    /// <param name="x">On the CPU; its shape and precision are the mask's.</param>
    /// <param name="counter">Where the draws begin; they go on for a quarter of the numbers.</param>
    /// <param name="p">Share that is dropped.</param>
    /// <param name="piece">Numbers that are filled at a time, a multiple of 32: a span holds no more than 2^31 bytes.</param>
    public static Tensor Of(Tensor x, ulong counter, double p, long piece = 1 << 28)
    {
        var (drop, keep) = ((ushort)Math.Min(ushort.MaxValue, Math.Round(p * 65536)), (float)(1 / (1 - p)));
        var mask = empty(x.shape, x.dtype == ScalarType.BFloat16 ? x.dtype : ScalarType.Float32);
        using var flat = mask.view(-1);
        for (long at = 0; at < flat.shape[0]; at += piece, counter += (ulong)piece / 4)
        {
            using var some = flat.narrow(0, at, Math.Min(piece, flat.shape[0] - at));
            if (mask.dtype == ScalarType.BFloat16)
                Fill(MemoryMarshal.Cast<byte, ushort>(some.bytes), counter, drop, (ushort)(BitConverter.SingleToUInt32Bits(keep) + 0x8000 >> 16));
            else
                Fill(MemoryMarshal.Cast<byte, uint>(some.bytes), counter, drop, BitConverter.SingleToUInt32Bits(keep));
        }
        return mask.to(x.dtype);
    }

    /// <summary>Fills a mask of bfloat16 with 0 or <paramref name="keep"/>.</summary>
    /// <param name="mask">Bits of the numbers, any length.</param>
    /// <param name="counter">Where the draws begin.</param>
    /// <param name="drop">Share that is dropped, in 1/65536.</param>
    /// <param name="keep">Bits of what the others get.</param>
    public static void Fill(Span<ushort> mask, ulong counter, ushort drop, ushort keep)
    {
        Span<ushort> rest = stackalloc ushort[Block];
        for (var i = 0; i < mask.Length; i += Block, counter += Lane)
        {
            var kept = Vector512.AndNot(Vector512.Create(keep), Dropped(counter, drop));
            kept.CopyTo(mask.Length - i >= Block ? mask[i..] : rest);
            if (mask.Length - i < Block)
                rest[..(mask.Length - i)].CopyTo(mask[i..]);
        }
    }

    /// <summary>The same for float32.</summary>
    public static void Fill(Span<uint> mask, ulong counter, ushort drop, uint keep)
    {
        Span<uint> rest = stackalloc uint[Block];
        for (var i = 0; i < mask.Length; i += Block, counter += Lane)
        {
            var (low, high) = Vector512.Widen(Dropped(counter, drop).AsInt16());     // all bits stay all bits
            var to = mask.Length - i >= Block ? mask[i..] : rest;
            Vector512.AndNot(Vector512.Create(keep), low.AsUInt32()).CopyTo(to);
            Vector512.AndNot(Vector512.Create(keep), high.AsUInt32()).CopyTo(to[(Block / 2)..]);
            if (mask.Length - i < Block)
                rest[..(mask.Length - i)].CopyTo(mask[i..]);
        }
    }

    /// <summary>All bits where a number is dropped.</summary>
    static Vector512<ushort> Dropped(ulong counter, ushort drop) =>
        Vector512.LessThan(Mix(Vector512.Create(counter) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7)).AsUInt16(), Vector512.Create(drop));

    static Vector512<ulong> Mix(Vector512<ulong> x)
    {
        x += Vector512.Create(0x9E3779B97F4A7C15UL);
        x = (x ^ (x >>> 30)) * Vector512.Create(0xBF58476D1CE4E5B9UL);
        x = (x ^ (x >>> 27)) * Vector512.Create(0x94D049BB133111EBUL);
        return x ^ (x >>> 31);
    }
}
