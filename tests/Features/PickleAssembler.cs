using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Mhim.Features.Tests;

/// <summary>Writes pickles opcode by opcode, the honest and the other kind.</summary>
internal sealed class PickleAssembler
{
    readonly MemoryStream _bytes = new();

    public PickleAssembler(byte protocol = 2) => Op(0x80, protocol);

    public byte[] Bytes => _bytes.ToArray();

    public PickleAssembler Op(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleAssembler Op(char opcode) => Op((byte)opcode);

    public PickleAssembler Global(string module, string name) => Op((byte)'c').Raw($"{module}\n{name}\n");

    public PickleAssembler Raw(string text) => Op(Encoding.UTF8.GetBytes(text));

    public PickleAssembler Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Op((byte)'X').Op(Little(bytes.Length)).Op(bytes);
    }

    public PickleAssembler Int(long value) => value is >= int.MinValue and <= int.MaxValue
        ? Op((byte)'J').Op(Little((int)value))
        : Op(0x8a, 8).Op(BitConverter.GetBytes(value));

    public PickleAssembler Ints(params long[] values)
    {
        Op('(');
        foreach (var value in values)
            Int(value);
        return Op('t');
    }

    /// <summary>What torch.save writes for a tensor.</summary>
    public PickleAssembler Tensor(string storageType, string key, long count, long[] shape, long[]? strides = null, long offset = 0, bool legacy = false)
    {
        strides ??= [.. shape.Select((_, axis) => shape.Skip(axis + 1).Aggregate(1L, (a, b) => a * b))];
        Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        Op('(').Text("storage").Global("torch", storageType).Text(key).Text("cpu").Int(count);
        if (legacy)
            Op('N');
        Op('t').Op('Q').Int(offset).Ints(shape).Ints(strides).Op(0x89);
        return Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
    }

    public static byte[] Little(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>The zip form of torch.save.</summary>
    public string ZipTo(string path, params (string Key, byte[] Bytes)[] storages)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        void Add(string name, byte[] bytes)
        {
            using var stream = zip.CreateEntry("archive/" + name, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }

        Add("data.pkl", Bytes);
        foreach (var (key, bytes) in storages)
            Add("data/" + key, bytes);
        Add("version", "3\n"u8.ToArray());
        return path;
    }
}
