using System.Text;

namespace Mhim.Tiling.Tests.Encoders.Onnx;

/// <summary>Writes small ONNX models: just enough of the protobuf format (onnx.proto, opset 17) for a few nodes.</summary>
sealed class TinyOnnx
{
    readonly List<byte[]> _nodes = [], _constants = [];
    byte[] _input = [], _output = [];

    public const int Float = 1, Int64 = 7, Float16 = 10;

    /// <summary>Mean colour of a normalised tile: [N, 3].</summary>
    public static TinyOnnx MeanColour(object batch = null!, int side = 32, int type = Float) => new TinyOnnx()
        .Input("image", type, batch ?? "N", 3, side, side).Output("features", type, batch ?? "N", 3)
        .Node("GlobalAveragePool", ["image"], "mean").Node("Flatten", ["mean"], "features");

    /// <summary>3×3 convolutions of fixed weights, rectified, averaged: [N, dim].</summary>
    public static TinyOnnx Convolution(int dim, int side = 32) => Map(dim, "map", side).Output("features", Float, "N", dim)
        .Node("GlobalAveragePool", ["map"], "mean").Node("Flatten", ["mean"], "features");

    /// <summary>The same without the mean: [N, dim, side/4, side/4].</summary>
    public static TinyOnnx Map(int dim, string output = "features", int side = 32)
    {
        var random = new Random(7);
        var weights = Enumerable.Range(0, dim * 27).Select(_ => random.NextSingle() - 0.5f).ToArray();
        return new TinyOnnx().Input("image", Float, "N", 3, side, side).Output("features", Float, "N", dim, side / 4, side / 4)
            .Constant("weights", weights, dim, 3, 3, 3)
            .Node("Conv", ["image", "weights"], "convolved", Ints("kernel_shape", 3, 3), Ints("strides", 4, 4), Ints("pads", 1, 1, 1, 1))
            .Node("Relu", ["convolved"], output);
    }

    /// <summary>The map as a sequence: [N, (side/4)², dim].</summary>
    public static TinyOnnx Tokens(int dim, int side = 32) => Map(dim, "map", side).Output("features", Float, "N", side * side / 16, dim)
        .Constant("shape", [0L, dim, -1L], 3)
        .Node("Reshape", ["map", "shape"], "row").Node("Transpose", ["row"], "features", Ints("perm", 0, 2, 1));

    /// <summary>As a model in training mode: each tile minus the mean of its batch.</summary>
    public static TinyOnnx BatchBound() => new TinyOnnx().Input("image", Float, "N", 3, 32, 32).Output("features", Float, "N", 3)
        .Node("GlobalAveragePool", ["image"], "mean").Node("Flatten", ["mean"], "flat")
        .Node("ReduceMean", ["flat"], "centre", Ints("axes", 0), Int("keepdims", 1)).Node("Sub", ["flat", "centre"], "features");

    public TinyOnnx Input(string name, int type, params object[] shape)
    {
        _input = Value(name, type, shape);
        return this;
    }

    public TinyOnnx Output(string name, int type, params object[] shape)
    {
        _output = Value(name, type, shape);
        return this;
    }

    public TinyOnnx Node(string operation, string[] inputs, string output, params byte[][] attributes)
    {
        _nodes.Add([.. inputs.SelectMany(i => Text(1, i)), .. Text(2, output), .. Text(4, operation), .. attributes.SelectMany(a => Bytes(5, a))]);
        return this;
    }

    public TinyOnnx Constant(string name, float[] values, params long[] shape) =>
        Constant(name, Float, values.SelectMany(BitConverter.GetBytes).ToArray(), shape);

    public TinyOnnx Constant(string name, long[] values, params long[] shape) =>
        Constant(name, Int64, values.SelectMany(BitConverter.GetBytes).ToArray(), shape);

    TinyOnnx Constant(string name, int type, byte[] raw, long[] shape)
    {
        _constants.Add([.. shape.SelectMany(d => Number(1, d)), .. Number(2, type), .. Text(8, name), .. Bytes(9, raw)]);
        return this;
    }

    public static byte[] Ints(string name, params long[] values) => [.. Text(1, name), .. values.SelectMany(v => Number(8, v)), .. Number(20, 7)];

    public static byte[] Int(string name, long value) => [.. Text(1, name), .. Number(3, value), .. Number(20, 2)];

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        byte[] graph = [.. _nodes.SelectMany(n => Bytes(1, n)), .. Text(2, "tiny"), .. _constants.SelectMany(c => Bytes(5, c)), .. Bytes(11, _input), .. Bytes(12, _output)];
        return [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, Number(2, 17))];
    }

    /// <summary>With the constants' numbers in a file of their own, as models above 2 GB have them.</summary>
    public (byte[] Model, byte[] Data) ToBytesWithData(string dataFile)
    {
        var (own, data) = (_constants.ToList(), new List<byte>());
        for (var i = 0; i < own.Count; i++)
        {
            var at = Find(own[i], 9); // raw_data is written last
            var raw = own[i][at.Content..];
            byte[] Entry(string key, string value) => [.. Text(1, key), .. Text(2, value)];
            _constants[i] = [.. own[i][..at.Field], .. Bytes(13, Entry("location", dataFile)), .. Bytes(13, Entry("offset", $"{data.Count}")),
                .. Bytes(13, Entry("length", $"{raw.Length}")), .. Number(14, 1)];
            data.AddRange(raw);
        }
        var model = ToBytes();
        _constants.Clear();
        _constants.AddRange(own);
        return (model, [.. data]);
    }

    static (int Field, int Content) Find(byte[] message, int wanted)
    {
        for (var at = 0; ;)
        {
            var start = at;
            var key = Varint(message, ref at);
            if (key % 8 == 0)
                Varint(message, ref at);
            else
            {
                var length = (int)Varint(message, ref at);
                if (key / 8 == wanted)
                    return (start, at);
                at += length;
            }
        }
    }

    static long Varint(byte[] bytes, ref int at)
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = bytes[at++];
            value |= (long)(b & 127) << shift;
            if (b < 128)
                return value;
        }
    }

    static byte[] Value(string name, int type, object[] shape)
    {
        var dims = shape.SelectMany(d => Bytes(1, d is string open ? Text(2, open) : Number(1, Convert.ToInt64(d))));
        byte[] tensor = [.. Number(1, type), .. Bytes(2, [.. dims])];
        return [.. Text(1, name), .. Bytes(2, Bytes(1, tensor))];
    }

    static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    static byte[] Bytes(int field, byte[] content) => [.. Varint(field * 8 + 2), .. Varint(content.Length), .. content];

    static byte[] Number(int field, long value) => [.. Varint(field * 8), .. Varint(value)];

    static IEnumerable<byte> Varint(long value)
    {
        var rest = (ulong)value;
        for (; rest > 127; rest >>= 7)
            yield return (byte)(rest | 128);
        yield return (byte)rest;
    }
}
