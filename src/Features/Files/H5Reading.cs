using System.Buffers.Binary;
using System.Globalization;
using PureHDF;
using PureHDF.VOL.Native;

namespace Mhim.Features.Files;

/// <summary>Reading HDF5 that others wrote: numbers of any width, text of any kind, and one typed error.</summary>
static class H5Reading
{
    /// <summary>Opens a file and reads from it.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static T Read<T>(string path, Func<NativeFile, T> read)
    {
        if (!File.Exists(path))
            throw new InputException("features-unreadable", $"There is no feature file '{path}'.");
        // PureHDF throws many types on broken files; a reader of foreign files reports them as one.
        try
        {
            RequireWhole(path);
            using var file = H5File.Open(new H5Guard(path), leaveOpen: false);
            return read(file);
        }
        // Out of memory is one of them: a damaged length asks for more than there can be.
        catch (Exception e) when (e is not InputException)
        {
            throw new InputException("features-unreadable", $"'{path}' cannot be read as a feature file (HDF5 with features and coordinates): {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>A file says how long it is (HDF5 format specification, II: end of file address in the superblock); what is missing of one that is shorter may be found only when it is read.</summary>
    static void RequireWhole(string path)
    {
        Span<byte> start = stackalloc byte[52];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (file.Length == 0)
            throw new InputException("features-unreadable", $"'{path}' is empty, a file of 0 bytes. Copy or extract it again.");
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start[..8].SequenceEqual<byte>([0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n']))
            return;
        // By the superblock's version; with addresses of 8 bytes, which all have that run on 64 bits.
        var (width, at) = start[8] switch { 0 => (start[13], 40), 1 => (start[13], 44), 2 or 3 => (start[9], 28), _ => (0, 0) };
        if (width == 8 && BinaryPrimitives.ReadUInt64LittleEndian(start[at..]) is var end && end > (ulong)file.Length && end != ulong.MaxValue)
            throw new InputException("features-unreadable", $"'{path}' is cut off: it has {file.Length} of {end} bytes. Copy or extract it again.");
    }

    /// <summary>A number attribute, of any numeric type, also as text or in an array of one; null when there is none that is a number.</summary>
    public static double? Number(this IH5Object of, string name)
    {
        if (!of.AttributeExists(name))
            return null;
        var attribute = of.Attribute(name);
        if (!IsOne(attribute))
            return null;
        double? value = (attribute.Type.Class, attribute.Type.Size) switch
        {
            (H5DataTypeClass.FloatingPoint, 2) => attribute.Type.Widening()(attribute.Read<Half[]>()[0]),
            (H5DataTypeClass.FloatingPoint, 4) => attribute.Read<float[]>()[0],
            (H5DataTypeClass.FloatingPoint, 8) => attribute.Read<double[]>()[0],
            (H5DataTypeClass.FixedPoint, 1) => attribute.Read<byte[]>()[0],
            (H5DataTypeClass.FixedPoint, 2) => IsSigned(attribute) ? attribute.Read<short[]>()[0] : attribute.Read<ushort[]>()[0],
            (H5DataTypeClass.FixedPoint, 4) => IsSigned(attribute) ? attribute.Read<int[]>()[0] : attribute.Read<uint[]>()[0],
            (H5DataTypeClass.FixedPoint, 8) => IsSigned(attribute) ? attribute.Read<long[]>()[0] : attribute.Read<ulong[]>()[0],
            (H5DataTypeClass.String or H5DataTypeClass.VariableLength, _) => double.TryParse(of.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : null,
            _ => null,
        };
        return value is { } number && double.IsFinite(number) ? number : null;
    }

    static bool IsSigned(IH5Attribute attribute) => attribute.Type.FixedPoint.IsSigned;

    /// <summary>A text attribute, of fixed or variable length; null when there is none that is text.</summary>
    public static string? Text(this IH5Object of, string name) =>
        of.AttributeExists(name) && of.Attribute(name) is { Type.Class: H5DataTypeClass.String or H5DataTypeClass.VariableLength } text
            && IsOne(text) ? text.Read<string[]>()[0]?.TrimEnd('\0') : null;

    /// <summary>All numbers of a data set, row-major; coordinates stay whole up to 2^53.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>: no numbers.</exception>
    public static double[] Doubles(this IH5Dataset data, string path) => data.Type switch
    {
        _ when IsEmpty(data) => [],
        _ when IsBeyond(data, path) => throw Beyond(data, path),
        { Class: H5DataTypeClass.FloatingPoint, Size: 8 } => data.Read<double[]>(),
        { Class: H5DataTypeClass.FloatingPoint, Size: 4 } => Array.ConvertAll(data.Read<float[]>(), value => (double)value),
        { Class: H5DataTypeClass.FloatingPoint, Size: 2 } => Array.ConvertAll(data.Singles(path), value => (double)value),
        { Class: H5DataTypeClass.FixedPoint, Size: 8 } => Array.ConvertAll(data.Read<long[]>(), value => (double)value),
        { Class: H5DataTypeClass.FixedPoint, Size: 4, FixedPoint.IsSigned: false } => Array.ConvertAll(data.Read<uint[]>(), value => (double)value),
        { Class: H5DataTypeClass.FixedPoint, Size: 4 } => Array.ConvertAll(data.Read<int[]>(), value => (double)value),
        { Class: H5DataTypeClass.FixedPoint, Size: 2, FixedPoint.IsSigned: false } => Array.ConvertAll(data.Read<ushort[]>(), value => (double)value),
        { Class: H5DataTypeClass.FixedPoint, Size: 2 } => Array.ConvertAll(data.Read<short[]>(), value => (double)value),
        _ => throw new InputException("features-unreadable", $"'{path}': '{data.Name}' holds no numbers that can be read."),
    };

    /// <summary>The same as 32-bit floats.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>: no floats.</exception>
    public static float[] Singles(this IH5Dataset data, string path)
    {
        data.RequireSingles(path);
        return data.Type switch
        {
            _ when IsEmpty(data) => [],
            { Size: 4 } => data.Read<float[]>(),
            { Size: 2 } => Array.ConvertAll(data.Read<Half[]>(), data.Type.Widening()),
            _ => Array.ConvertAll(data.Doubles(path), value => (float)value),
        };
    }

    /// <summary>Refuses, by what it says of itself, a data set that is none of floats or cannot be there.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static void RequireSingles(this IH5Dataset data, string path)
    {
        if (IsEmpty(data))
            return;
        if (IsBeyond(data, path))
            throw Beyond(data, path);
        if (data.Type is not { Class: H5DataTypeClass.FloatingPoint, Size: 2 or 4 or 8 })
            throw new InputException("features-unreadable", $"'{path}': the features are no floating-point numbers of 16, 32 or 64 bits.");
        if (data.Type.Size == 2)
            data.Type.Widening();
    }

    static bool IsOne(IH5Attribute attribute) =>
        attribute.Space.Type != H5DataspaceType.Null && attribute.Space.Dimensions.Aggregate(1UL, (a, b) => a * b) == 1;

    /// <summary>
    /// Whether a data set declares more numbers than its file can hold: chunks that were never written need no bytes, and reading them would need memory for all. Deflate packs a byte of zeros
    /// a thousandfold at most.
    /// </summary>
    static bool IsBeyond(IH5Dataset data, string path) =>
        data.Space.Dimensions.Aggregate(1.0, (product, length) => product * length) is var numbers && (numbers > Array.MaxLength || numbers > 1000.0 * new FileInfo(path).Length);

    static InputException Beyond(IH5Dataset data, string path) =>
        new("features-unreadable", $"'{path}': '{data.Name}' declares [{string.Join(", ", data.Space.Dimensions)}] numbers, more than the file can hold.");

    static bool IsEmpty(IH5Dataset data) => data.Space.Dimensions.Any(length => length == 0);
}
