using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Mhim.Features.Files;

/// <summary>Number type of an imported tensor.</summary>
public enum PtType
{
    /// <summary>64-bit float.</summary>
    Float64,

    /// <summary>32-bit float.</summary>
    Float32,

    /// <summary>16-bit IEEE float.</summary>
    Float16,

    /// <summary>The upper half of a 32-bit float.</summary>
    BFloat16,

    /// <summary>64-bit integer.</summary>
    Int64,

    /// <summary>32-bit integer.</summary>
    Int32,

    /// <summary>16-bit integer.</summary>
    Int16,

    /// <summary>8-bit integer.</summary>
    Int8,

    /// <summary>8-bit integer without sign.</summary>
    UInt8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>A tensor of a <c>.pt</c> file, in plain memory.</summary>
/// <param name="Type">Number type.</param>
/// <param name="Shape">Lengths of the axes; empty for a single number.</param>
/// <param name="Bytes">Row-major, without gaps, little-endian.</param>
public sealed record PtTensor(PtType Type, IReadOnlyList<long> Shape, byte[] Bytes)
{
    /// <summary>Bytes of one number.</summary>
    public int ItemSize => SizeOf(Type);

    /// <summary>How many numbers.</summary>
    public int Count => Bytes.Length / ItemSize;

    /// <summary>The numbers as 32-bit floats, whatever the type; 64-bit numbers are rounded.</summary>
    public float[] ToSingles()
    {
        var values = new float[Count];
        if (Type == PtType.Float32 && BitConverter.IsLittleEndian)
        {
            Bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)this[i];
        return values;
    }

    /// <summary>Number <paramref name="index"/> in row-major order; 64-bit integers above 2^53 are rounded.</summary>
    public double this[int index]
    {
        get
        {
            var at = Bytes.AsSpan(index * ItemSize, ItemSize);
            return Type switch
            {
                PtType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(at),
                PtType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(at),
                PtType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
                PtType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(at) << 16),
                PtType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
                PtType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
                PtType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(at),
                PtType.Int8 => (sbyte)at[0],
                _ => at[0],
            };
        }
    }

    internal static int SizeOf(PtType type) => type switch
    {
        PtType.Float64 or PtType.Int64 => 8,
        PtType.Float32 or PtType.Int32 => 4,
        PtType.Float16 or PtType.BFloat16 or PtType.Int16 => 2,
        _ => 1,
    };
}
