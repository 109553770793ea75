namespace Mhim.Features.Files;

/// <summary>A name of a module that a pickle may speak of; nothing else exists here, and none of them is code.</summary>
internal enum PickleGlobalKind
{
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage,
}

internal sealed record PickleGlobal(PickleGlobalKind Kind, PtType Type = default)
{
    static readonly Dictionary<string, PtType> Storages = new()
    {
        ["DoubleStorage"] = PtType.Float64, ["FloatStorage"] = PtType.Float32, ["HalfStorage"] = PtType.Float16,
        ["BFloat16Storage"] = PtType.BFloat16, ["LongStorage"] = PtType.Int64, ["IntStorage"] = PtType.Int32,
        ["ShortStorage"] = PtType.Int16, ["CharStorage"] = PtType.Int8, ["ByteStorage"] = PtType.UInt8, ["BoolStorage"] = PtType.Bool,
    };

    /// <summary>The allow-list. Null: refused.</summary>
    public static PickleGlobal? Of(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") => new(PickleGlobalKind.OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2") => new(PickleGlobalKind.RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => new(PickleGlobalKind.RebuildParameter),
        ("torch", _) when Storages.TryGetValue(name, out var type) => new(PickleGlobalKind.Storage, type),
        _ => null,
    };
}

/// <summary>Numbers that lie outside the pickle.</summary>
/// <param name="Key">Where: the entry <c>data/KEY</c>, or the key in the legacy form.</param>
/// <param name="Type">Number type.</param>
/// <param name="Count">How many numbers the pickle says there are.</param>
internal sealed record PickleStorage(string Key, PtType Type, long Count);

/// <summary>A view of a storage; not checked yet.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

internal sealed record PickleTuple(object?[] Items);

/// <summary>A dict in its order of insertion. Keys are kept as they are; only text keys name tensors.</summary>
internal sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}
