using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Features.Files;
using static TorchSharp.torch;

namespace Mhim.Mil.Checkpoints;

/// <summary>
/// The safetensors format: 8 bytes little-endian header length, a JSON header <c>{name: {dtype, shape, data_offsets}}</c>, then the bytes.
/// </summary>
public static class SafeTensors
{
    const long MaxHeader = 100_000_000;

    static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["F64"] = ScalarType.Float64, ["F32"] = ScalarType.Float32, ["F16"] = ScalarType.Float16, ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64, ["I32"] = ScalarType.Int32, ["I16"] = ScalarType.Int16, ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte, ["BOOL"] = ScalarType.Bool,
    };

    /// <summary>Reads every tensor, on the CPU, and the metadata.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Tensors by name, the caller's to dispose, and the string metadata.</returns>
    /// <exception cref="InputException"><c>weights-unreadable</c>.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        if (!File.Exists(path))
            throw Unreadable(path, "it does not exist");
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            using var file = File.OpenRead(path);
            var header = ReadHeader(path, file, out var dataStart);
            var metadata = new Dictionary<string, string>();
            long total = 0;
            foreach (var (name, node) in header)
                if (name == "__metadata__")
                    foreach (var (key, value) in node!.AsObject())
                        metadata[key] = value!.GetValue<string>();
                else
                {
                    tensors[name] = ReadTensor(path, file, dataStart, name, node!.AsObject());
                    // Tensors that share their bytes could take any amount of memory.
                    if ((total += tensors[name].numel() * tensors[name].element_size()) > file.Length - dataStart)
                        throw Unreadable(path, "its tensors overlap");
                }
            return (tensors, metadata);
        }
        catch (Exception e) when (e is not InputException)
        {
            Release(tensors);
            throw Unreadable(path, e is IOException ? e.Message : "its header is not as the format wants it", e);
        }
        catch
        {
            Release(tensors);
            throw;
        }
    }

    /// <summary>Writes tensors, in the order of their names, so that equal contents give equal bytes.</summary>
    /// <param name="path">Appears whole or not at all.</param>
    /// <param name="tensors">Tensors by name, on any device.</param>
    /// <param name="metadata">Strings for the header.</param>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = new JsonObject();
        if (metadata is { Count: > 0 })
            header["__metadata__"] = new JsonObject(metadata.OrderBy(m => m.Key, StringComparer.Ordinal)
                .Select(m => KeyValuePair.Create(m.Key, (JsonNode?)JsonValue.Create(m.Value))));
        var ordered = tensors.OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
        long at = 0;
        foreach (var (name, tensor) in ordered)
        {
            var bytes = tensor.numel() * tensor.element_size();
            header[name] = new JsonObject
            {
                ["dtype"] = Types.First(t => t.Value == tensor.dtype).Key,
                ["shape"] = new JsonArray([.. tensor.shape.Select(s => (JsonNode)s)]),
                ["data_offsets"] = new JsonArray(at, at + bytes),
            };
            at += bytes;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = (json.Length + 7) / 8 * 8;
        AtomicFile.Write(path, temporary =>
        {
            using var file = File.Create(temporary);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, padded);
            file.Write(length);
            file.Write(json);
            for (var i = json.Length; i < padded; i++)
                file.WriteByte((byte)' ');
            foreach (var (_, tensor) in ordered)
            {
                using var scope = NewDisposeScope();
                var flat = tensor.detach().cpu().contiguous();
                file.Write(flat.bytes);
            }
        });
    }

    static JsonObject ReadHeader(string path, FileStream file, out long dataStart)
    {
        Span<byte> length = stackalloc byte[8];
        if (file.ReadAtLeast(length, 8, throwOnEndOfStream: false) < 8)
            throw Unreadable(path, file.Length == 0 ? "it is empty, a file of 0 bytes" : "it is too short");
        var count = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (count is < 2 or > MaxHeader || count > file.Length - 8)
            throw Unreadable(path, "it is no safetensors file");
        var json = new byte[count];
        file.ReadExactly(json);
        dataStart = 8 + count;
        return JsonNode.Parse(json)!.AsObject();
    }

    static Tensor ReadTensor(string path, FileStream file, long dataStart, string name, JsonObject entry)
    {
        var dtype = entry["dtype"]!.GetValue<string>();
        if (!Types.TryGetValue(dtype, out var type))
            throw Unreadable(path, $"tensor `{name}` is of type {dtype}, which is not known here");
        var shape = entry["shape"]!.AsArray().Select(s => s!.GetValue<long>()).ToArray();
        var (begin, end) = (entry["data_offsets"]![0]!.GetValue<long>(), entry["data_offsets"]![1]!.GetValue<long>());
        var elements = shape.Aggregate(1L, (product, side) => side < 0 ? -1 : checked(product * side));
        if (elements < 0 || begin < 0 || end < begin || end > file.Length - dataStart)
            throw Unreadable(path, $"tensor `{name}` lies outside the file");
        var tensor = empty(shape, type);
        if (end - begin != elements * tensor.element_size())
        {
            tensor.Dispose();
            throw Unreadable(path, $"tensor `{name}` has {end - begin} bytes, its shape [{string.Join(", ", shape)}] another number");
        }
        file.Position = dataStart + begin;
        file.ReadExactly(tensor.bytes);
        return tensor;
    }

    static void Release(Dictionary<string, Tensor> tensors)
    {
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
    }

    static InputException Unreadable(string path, string why, Exception? inner = null) =>
        new("weights-unreadable", $"The weights file {path} cannot be read: {why}.", inner);
}
