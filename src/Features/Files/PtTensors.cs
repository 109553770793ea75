using System.Globalization;

namespace Mhim.Features.Files;

/// <summary>From the values of a pickle to named tensors, within bounds of number, depth and size.</summary>
internal static class PtTensors
{
    // Every tensor holds its whole name, which a file needs to hold only once.
    const int LongestName = 1024;

    /// <summary>Names every tensor and lays its numbers out row-major.</summary>
    /// <param name="root">Value of the pickle.</param>
    /// <param name="maxBytes">Of all tensors together.</param>
    /// <param name="maxTensors">Values that may be visited, so that lists within lists cannot multiply.</param>
    /// <param name="maxDepth">Dicts within dicts.</param>
    /// <param name="load">Bytes of a storage, exactly as many as it says.</param>
    public static Dictionary<string, PtTensor> Collect(
        object? root, long maxBytes, int maxTensors, int maxDepth, Func<PickleStorage, byte[]> load)
    {
        var found = new List<(string Name, PickleTensor Tensor)>();
        Visit("", root, maxTensors, maxDepth, found);
        // Sizes are checked before a single number is loaded.
        long total = 0;
        foreach (var (_, tensor) in found)
        {
            var count = Count(tensor);
            total = checked(total + count * PtTensor.SizeOf(tensor.Storage.Type));
            if (total > maxBytes || count * PtTensor.SizeOf(tensor.Storage.Type) > Array.MaxLength)
                throw new InputException("pt-too-big", $"The tensors of this file take more than the {maxBytes} bytes that are allowed.");
        }
        var storages = new Dictionary<string, byte[]>();
        var tensors = new Dictionary<string, PtTensor>();
        long loaded = 0;
        foreach (var (name, tensor) in found)
        {
            if (!storages.TryGetValue(tensor.Storage.Key, out var bytes))
            {
                loaded = checked(loaded + tensor.Storage.Count * PtTensor.SizeOf(tensor.Storage.Type));
                if (loaded > maxBytes)
                    throw new InputException("pt-too-big", $"The storages of this file take more than the {maxBytes} bytes that are allowed.");
                storages[tensor.Storage.Key] = bytes = load(tensor.Storage);
            }
            if (bytes.Length != tensor.Storage.Count * PtTensor.SizeOf(tensor.Storage.Type))
                throw new InvalidDataException("Two tensors disagree about a storage.");
            tensors[name] = new PtTensor(tensor.Storage.Type, tensor.Shape, Gather(tensor, bytes));
        }
        return tensors;
    }

    /// <summary>Every storage that a tensor refers to, by key.</summary>
    public static Dictionary<string, PickleStorage> Storages(object? root, int maxTensors, int maxDepth)
    {
        var found = new List<(string Name, PickleTensor Tensor)>();
        Visit("", root, maxTensors, maxDepth, found);
        var storages = new Dictionary<string, PickleStorage>();
        foreach (var (_, tensor) in found)
            if (storages.TryGetValue(tensor.Storage.Key, out var known) && known != tensor.Storage)
                throw new InvalidDataException("Two tensors disagree about a storage.");
            else
                storages[tensor.Storage.Key] = tensor.Storage;
        return storages;
    }

    static void Visit(string name, object? value, int maxTensors, int depthLeft, List<(string, PickleTensor)> found)
    {
        var visited = 0;
        Visit(name, value, depthLeft);

        void Visit(string at, object? here, int left)
        {
            if (++visited > maxTensors || left < 0)
                throw new InputException("pt-too-big", "This file holds more values, or deeper ones, than any state dict has.");
            switch (here)
            {
                case PickleTensor tensor:
                    found.Add((at, tensor));
                    break;
                case PickleDict dict:
                    foreach (var (key, item) in dict.Items)
                        Visit(Join(at, key as string ?? Convert.ToString(key, CultureInfo.InvariantCulture) ?? ""), item, left - 1);
                    break;
                case List<object?> list:
                    for (var i = 0; i < list.Count; i++)
                        Visit(Join(at, i.ToString(CultureInfo.InvariantCulture)), list[i], left - 1);
                    break;
                case PickleTuple tuple:
                    for (var i = 0; i < tuple.Items.Length; i++)
                        Visit(Join(at, i.ToString(CultureInfo.InvariantCulture)), tuple.Items[i], left - 1);
                    break;
            }
        }

        static string Join(string a, string b)
        {
            var name = a.Length == 0 ? b : a + "." + b;
            return name.Length <= LongestName ? name : throw new InputException("pt-too-big", $"A tensor of this file has a name of more than {LongestName} characters.");
        }
    }

    /// <summary>How many numbers a view has; refuses one that reaches beyond its storage or is larger than it.</summary>
    static long Count(PickleTensor tensor)
    {
        if (tensor.Shape.Length != tensor.Strides.Length || tensor.Shape.Length > PickleReader.MaxAxes)
            throw new InvalidDataException("Shape and strides disagree.");
        long count = 1, last = tensor.Offset;
        for (var axis = 0; axis < tensor.Shape.Length; axis++)
        {
            count = checked(count * tensor.Shape[axis]);
            last = checked(last + (Math.Max(1, tensor.Shape[axis]) - 1) * tensor.Strides[axis]);
        }
        if (tensor.Offset < 0 || tensor.Offset > tensor.Storage.Count || count > tensor.Storage.Count || count > 0 && last >= tensor.Storage.Count)
            throw new InvalidDataException("A tensor reaches beyond its storage.");
        return count;
    }

    static byte[] Gather(PickleTensor tensor, byte[] storage)
    {
        var size = PtTensor.SizeOf(tensor.Storage.Type);
        var count = Count(tensor);
        var bytes = new byte[count * size];
        if (IsRowMajor(tensor))
        {
            storage.AsSpan((int)(tensor.Offset * size), bytes.Length).CopyTo(bytes);
            return bytes;
        }
        var index = new long[tensor.Shape.Length];
        var from = tensor.Offset;
        for (long i = 0; i < count; i++)
        {
            storage.AsSpan((int)(from * size), size).CopyTo(bytes.AsSpan((int)(i * size)));
            // Count up like an odometer, last axis first.
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                from += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis])
                    break;
                from -= tensor.Strides[axis] * index[axis];
                index[axis] = 0;
            }
        }
        return bytes;
    }

    static bool IsRowMajor(PickleTensor tensor)
    {
        long expected = 1;
        for (var axis = tensor.Shape.Length - 1; axis >= 0; axis--)
        {
            if (tensor.Shape[axis] != 1 && tensor.Strides[axis] != expected)
                return false;
            expected *= Math.Max(1, tensor.Shape[axis]);
        }
        return true;
    }
}
