using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Mhim.Features.Files;

/// <summary>
/// Reads the part of Python's pickle format (protocols 2 to 5) that PyTorch state dicts use, into plain values. There is no way from here to
/// running anything: a global outside the allow-list, or an opcode that makes objects, is refused by name.
/// </summary>
internal sealed class PickleReader(byte[] bytes, int start = 0)
{
    /// <summary>A state dict of 100,000 tensors takes half as many; the values of so many fit in memory.</summary>
    const int MaxOperations = 5_000_000;

    internal const int MaxAxes = 16;

    static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    readonly List<object?> _stack = [];
    readonly List<int> _marks = [];
    readonly Dictionary<long, object?> _memo = [];
    int _at = start;
    long _operations;

    /// <summary>Where the next byte after the pickle lies.</summary>
    public int Position => _at;

    /// <summary>Reads one pickle to its end.</summary>
    /// <exception cref="InputException"><c>pickle-refused</c>.</exception>
    /// <exception cref="InvalidDataException">The bytes are no whole pickle.</exception>
    public object? Read()
    {
        while (true)
        {
            Spend(1);
            var opcode = (char)Take(1)[0];
            switch (opcode)
            {
                case '.': return Pop();
                case '\x80': ReadProtocol(); break;
                case '\x95': Take(8); break; // a frame: only a hint about reading ahead
                case '(': _marks.Add(_stack.Count); break;
                case '0': Pop(); break;
                case '1': PopToMark(); break;
                case '2': _stack.Add(Top()); break;
                case 'N': _stack.Add(null); break;
                case '\x88': _stack.Add(true); break;
                case '\x89': _stack.Add(false); break;
                case 'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
                case 'K': _stack.Add((long)Take(1)[0]); break;
                case 'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
                case '\x8a': ReadLong(); break;
                case 'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
                case 'X': _stack.Add(Text(Length4())); break;
                case '\x8c': _stack.Add(Text(Take(1)[0])); break;
                case '\x8d': _stack.Add(Text(Length8())); break;
                case 'U' or 'C': _stack.Add(Encoding.Latin1.GetString(Take(Take(1)[0]))); break;
                case 'T' or 'B': _stack.Add(Encoding.Latin1.GetString(Take(Length4()))); break;
                case ')': _stack.Add(new PickleTuple([])); break;
                case '\x85': Tuple(1); break;
                case '\x86': Tuple(2); break;
                case '\x87': Tuple(3); break;
                case 't': _stack.Add(new PickleTuple(PopToMark())); break;
                case ']': _stack.Add(new List<object?>()); break;
                case '}': _stack.Add(new PickleDict()); break;
                case 'a': { var item = Pop(); As<List<object?>>(Top()).Add(item); break; }
                case 'e': { var items = PopToMark(); As<List<object?>>(Top()).AddRange(items); break; }
                case 's': { var value = Pop(); var key = Pop(); As<PickleDict>(Top()).Items.Add((key, value)); break; }
                case 'u': SetItems(); break;
                case 'q': Memoize(Take(1)[0]); break;
                case 'r': Memoize(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
                case '\x94': Memoize(_memo.Count); break;
                case 'h': _stack.Add(Recall(Take(1)[0])); break;
                case 'j': _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
                case 'c': { var module = Line(); Global(module, Line()); break; }
                case '\x93': { var name = As<string>(Pop()); Global(As<string>(Pop()), name); break; }
                case 'Q': _stack.Add(Storage(As<PickleTuple>(Pop()))); break;
                case 'R': Reduce(); break;
                case 'b': Build(); break;
                default: throw Refused($"the opcode 0x{(int)opcode:x2}{Meaning(opcode)}");
            }
        }
    }

    /// <summary>An operation that copies costs as many as it copies: what was written once can be copied again and again.</summary>
    void Spend(int operations)
    {
        if ((_operations += operations) > MaxOperations)
            throw Refused($"more than {MaxOperations} operations");
    }

    void ReadProtocol()
    {
        var protocol = Take(1)[0];
        if (protocol is < 2 or > 5)
            throw Refused($"pickle protocol {protocol}");
    }

    void ReadLong()
    {
        var value = new BigInteger(Take(Take(1)[0]));
        _stack.Add(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    void Tuple(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--)
            items[i] = Pop();
        _stack.Add(new PickleTuple(items));
    }

    void SetItems()
    {
        var items = PopToMark();
        if (items.Length % 2 != 0)
            throw Corrupt();
        var dict = As<PickleDict>(Top());
        for (var i = 0; i < items.Length; i += 2)
            dict.Items.Add((items[i], items[i + 1]));
    }

    void Global(string module, string name) =>
        _stack.Add(PickleGlobal.Of(module, name) ?? throw Refused($"`{Printable(module)}.{Printable(name)}`"));

    /// <summary><c>('storage', type, key, device, count)</c>; the legacy form has a sixth item, which is None unless it is a view of another.</summary>
    static PickleStorage Storage(PickleTuple id) =>
        id.Items is ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type, string key, string, long and >= 0 and var count, .. var rest]
        && rest is ([] or [null])
            ? new PickleStorage(key, type.Type, count) : throw Corrupt();

    /// <summary>The only three calls there are, each of them a constructor of our own.</summary>
    void Reduce()
    {
        var arguments = As<PickleTuple>(Pop()).Items;
        _stack.Add(As<PickleGlobal>(Pop()).Kind switch
        {
            PickleGlobalKind.OrderedDict => OrderedDict(arguments),
            PickleGlobalKind.RebuildParameter when arguments is [PickleTensor tensor, ..] => tensor,
            PickleGlobalKind.RebuildTensor
                when arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..] =>
                new PickleTensor(storage, offset, Numbers(shape), Numbers(strides)),
            _ => throw Corrupt(),
        });
    }

    PickleDict OrderedDict(object?[] arguments)
    {
        var dict = new PickleDict();
        if (arguments is [List<object?> pairs])
        {
            Spend(pairs.Count);
            foreach (var pair in pairs)
                dict.Items.Add(pair switch
                {
                    List<object?> { Count: 2 } list => (list[0], list[1]),
                    PickleTuple { Items: [var key, var value] } => (key, value),
                    _ => throw Corrupt(),
                });
        }
        else if (arguments.Length != 0)
            throw Corrupt();
        return dict;
    }

    /// <summary>A state dict carries its <c>_metadata</c> as an attribute: not needed. Nothing else may have attributes.</summary>
    void Build()
    {
        Pop();
        As<PickleDict>(Top());
    }

    /// <summary>A shape or strides; no tensor has more than <see cref="MaxAxes"/>.</summary>
    static long[] Numbers(PickleTuple tuple) => tuple.Items.Length > MaxAxes ? throw Corrupt()
        : Array.ConvertAll(tuple.Items, item => item is long and >= 0 and var number ? number : throw Corrupt());

    ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > bytes.Length - _at)
            throw Corrupt();
        var taken = bytes.AsSpan(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    long Length4() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    long Length8() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    string Text(long length)
    {
        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw Corrupt();
        }
    }

    string Line()
    {
        var length = bytes.AsSpan(_at).IndexOf((byte)'\n');
        if (length < 0)
            throw Corrupt();
        var line = Text(length);
        _at++;
        return line;
    }

    object? Pop()
    {
        var top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    object? Top() => _stack.Count > (_marks.Count > 0 ? _marks[^1] : 0) ? _stack[^1] : throw Corrupt();

    object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw Corrupt();
        var from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = _stack.GetRange(from, _stack.Count - from).ToArray();
        _stack.RemoveRange(from, items.Length);
        return items;
    }

    void Memoize(long key) => _memo[key] = Top();

    object? Recall(long key) => _memo.TryGetValue(key, out var value) ? value : throw Corrupt();

    static T As<T>(object? value) where T : class => value as T ?? throw Corrupt();

    static string Meaning(char opcode) => opcode switch
    {
        'i' or 'o' or '\x81' or '\x92' => " (makes an object)",
        '\x82' or '\x83' or '\x84' => " (extension)",
        'P' => " (persistent id as text)",
        _ => "",
    };

    static string Printable(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    static InputException Refused(string what) => new("pickle-refused",
        $"The pickle in this file uses {what}, which a state dict or a feature tensor does not need; nothing was executed. Save only tensors (torch.save(model.state_dict(), path)).");

    static InvalidDataException Corrupt() => new("The pickle is damaged or is not one of tensors.");
}
