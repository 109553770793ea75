using System.Reflection;
using PureHDF;

namespace Mhim.Features.Files;

/// <summary>
/// Floating-point numbers of 16 bits in HDF5: IEEE's half, with 5 bits of exponent, or bfloat16, the upper half of a float32 with 8 (HDF5 format specification, IV.A.2.d: a type says how it divides
/// its bits). Read as the other they are wrong numbers that look right.
/// </summary>
static class H5ShortFloats
{
    // PureHDF reads the division and keeps it to itself.
    const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>What turns the 16 bits of this type into a number.</summary>
    /// <exception cref="InvalidDataException">Neither half nor bfloat16.</exception>
    public static Converter<Half, float> Widening(this IH5DataType type) => ExponentBits(type) switch
    {
        5 => half => (float)half,
        8 => bits => BitConverter.Int32BitsToSingle(BitConverter.HalfToUInt16Bits(bits) << 16),
        var other => throw new InvalidDataException($"its 16-bit numbers have {other} bits of exponent, where float16 has 5 and bfloat16 has 8"),
    };

    static int ExponentBits(IH5DataType type)
    {
        var message = type.GetType().GetField("_dataType", Hidden)?.GetValue(type);
        var parts = (Array?)message?.GetType().GetProperty("Properties", Hidden)?.GetValue(message);
        var part = parts?.GetValue(0);
        return part?.GetType().GetProperty("ExponentSize", Hidden)?.GetValue(part) is byte bits ? bits
            : throw new InvalidDataException("how its 16-bit numbers divide their bits cannot be told");
    }
}
