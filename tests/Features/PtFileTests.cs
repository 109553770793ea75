using System.Runtime.InteropServices;
using Mhim.Features.Files;

namespace Mhim.Features.Tests;

public sealed class PtFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-pt-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Here(string name) => Path.Combine(_folder, name);

    static byte[] Bytes<T>(params T[] values) where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    static InputException Refuses(string code, string path, long maxBytes = 1 << 20)
    {
        var refused = Assert.Throws<InputException>(() => PtFile.Read(path, maxBytes));
        Assert.Equal(code, refused.Code);
        return refused;
    }

    /// <summary>
    /// DSMIL trained on CAMELYON16, 512 features in, one class (tumour): <c>i_classifier.fc.0</c> scores each instance; <c>b_classifier.q.0</c> and
    /// <c>.q.2</c> are the two linear layers of the 128-wide query (512 → 128, ReLU, 128 → 128, Tanh); the values are the features themselves (there
    /// is no <c>b_classifier.v</c>); <c>b_classifier.fcc</c> is a convolution over the class's 512-wide bag embedding.
    /// </summary>
    [DataFact]
    public void A_real_state_dict_loads()
    {
        var tensors = PtFile.Read(TestData.Of("weights/dsmil_c16_aggregator.pth"));
        Assert.Equal(
            [
                "i_classifier.fc.0.weight [1,512]", "i_classifier.fc.0.bias [1]",
                "b_classifier.q.0.weight [128,512]", "b_classifier.q.0.bias [128]", "b_classifier.q.2.weight [128,128]", "b_classifier.q.2.bias [128]",
                "b_classifier.fcc.weight [1,1,512]", "b_classifier.fcc.bias [1]",
            ],
            tensors.Select(pair => $"{pair.Key} [{string.Join(',', pair.Value.Shape)}]"));
        Assert.All(tensors.Values, tensor => Assert.Equal(PtType.Float32, tensor.Type));
        var weights = tensors["b_classifier.q.0.weight"].ToSingles();
        Assert.All(weights, weight => Assert.InRange(weight, -10f, 10f));
        Assert.True(weights.Distinct().Count() > 1000);
    }

    [Fact]
    public void A_single_tensor_has_the_empty_name()
    {
        var path = new PickleAssembler().Tensor("FloatStorage", "0", 6, [3, 2]).Op('.').ZipTo(Here("clam.pt"), ("0", Bytes(1f, 2, 3, 4, 5, 6)));
        var (name, tensor) = Assert.Single(PtFile.Read(path));
        Assert.Equal("", name);
        Assert.Equal([3L, 2], tensor.Shape);
        Assert.Equal([1f, 2, 3, 4, 5, 6], tensor.ToSingles());
    }

    [Fact]
    public void A_flipped_bit_is_found_where_the_file_has_a_checksum()
    {
        var path = new PickleAssembler().Tensor("FloatStorage", "0", 6, [3, 2]).Op('.').ZipTo(Here("clam.pt"), ("0", Bytes(1f, 2, 3, 4, 5, 6)));
        var bytes = File.ReadAllBytes(path);
        var at = bytes.AsSpan().IndexOf(Bytes(1f, 2, 3, 4, 5, 6));
        Assert.True(at > 0, "the storage is packed");
        bytes[at + 9] ^= 0x10;
        File.WriteAllBytes(path, bytes);
        Refuses("pt-unreadable", path);

        // PyTorch writes 0 for all checksums where it is told to compute none; its own reader looks at none.
        using (var zip = System.IO.Compression.ZipFile.OpenRead(path))
            foreach (var entry in zip.Entries)
                for (int found; (found = bytes.AsSpan().IndexOf(Bytes(entry.Crc32))) >= 0;)
                    bytes.AsSpan(found, 4).Clear();
        File.WriteAllBytes(path, bytes);
        Assert.NotEqual(3f, Assert.Single(PtFile.Read(path)).Value.ToSingles()[2]);
    }

    [Fact]
    public void Every_number_type_is_read()
    {
        (string Storage, PtType Type, byte[] Bytes)[] kinds =
        [
            ("DoubleStorage", PtType.Float64, Bytes(1.5, -2)), ("FloatStorage", PtType.Float32, Bytes(1.5f, -2)),
            ("HalfStorage", PtType.Float16, Bytes((Half)1.5, (Half)(-2))), ("BFloat16Storage", PtType.BFloat16, Bytes<ushort>(0x3fc0, 0xc000)),
            ("LongStorage", PtType.Int64, Bytes(1L, -2)), ("IntStorage", PtType.Int32, Bytes(1, -2)), ("ShortStorage", PtType.Int16, Bytes<short>(1, -2)),
            ("CharStorage", PtType.Int8, Bytes<sbyte>(1, -2)), ("ByteStorage", PtType.UInt8, Bytes<byte>(1, 254)), ("BoolStorage", PtType.Bool, Bytes(true, false)),
        ];
        foreach (var (storage, type, bytes) in kinds)
        {
            var path = new PickleAssembler().Op('}').Text("x").Tensor(storage, "7", 2, [2]).Op('s').Op('.').ZipTo(Here(storage), ("7", bytes));
            var tensor = PtFile.Read(path)["x"];
            Assert.Equal(type, tensor.Type);
            var second = type == PtType.Bool ? 0f : type == PtType.UInt8 ? 254 : -2;
            Assert.Equal([bytes.Length >= 4 && type is PtType.Float64 or PtType.Float32 or PtType.Float16 or PtType.BFloat16 ? 1.5f : 1, second], tensor.ToSingles());
        }
    }

    [Fact]
    public void Views_are_laid_out_and_nested_dicts_join_their_keys()
    {
        var path = new PickleAssembler().Op('}').Op('(')
            .Text("epoch").Int(3)
            .Text("model").Op('}').Text("w").Tensor("IntStorage", "0", 7, [3, 2], [1, 3], offset: 1).Op('s')
            .Op('u').Op('}').Text("_metadata").Op('}').Op('s').Op('b').Op('.').ZipTo(Here("nested.pt"), ("0", Bytes(9, 1, 2, 3, 4, 5, 6)));
        var (name, tensor) = Assert.Single(PtFile.Read(path));
        Assert.Equal("model.w", name);
        Assert.Equal([1f, 4, 2, 5, 3, 6], tensor.ToSingles()); // the transpose
    }

    [Fact]
    public void The_legacy_form_is_read()
    {
        var path = Here("legacy.pth");
        byte[] magic = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
        File.WriteAllBytes(path,
        [
            .. new PickleAssembler().Op(0x8a, 10).Op(magic).Op('.').Bytes,
            .. new PickleAssembler().Int(1001).Op('.').Bytes,
            .. new PickleAssembler().Op('}').Text("little_endian").Op(0x88).Op('s').Op('.').Bytes,
            .. new PickleAssembler().Op('}').Text("a").Tensor("FloatStorage", "k1", 2, [2], legacy: true).Op('s')
                .Text("b").Tensor("LongStorage", "k0", 1, [], legacy: true).Op('s').Op('.').Bytes,
            .. new PickleAssembler().Op(']').Op('(').Text("k0").Text("k1").Op('e').Op('.').Bytes,
            .. Bytes(1L), .. Bytes(42L), .. Bytes(2L), .. Bytes(0.5f, -1),
        ]);
        var tensors = PtFile.Read(path);
        Assert.Equal([0.5f, -1], tensors["a"].ToSingles());
        Assert.Equal([42f], tensors["b"].ToSingles());
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Refuses("pt-unreadable", path);
        }
    }

    [Fact]
    public void A_pickle_that_calls_anything_is_refused_by_name_and_not_executed()
    {
        var proof = Here("proof");
        foreach (var (module, name) in new[] { ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("torch", "load"), ("subprocess", "Popen") })
        {
            var path = new PickleAssembler().Global(module, name).Op('(').Text($"touch {proof}").Op('t').Op('R').Op('.').ZipTo(Here(module + name));
            Assert.Contains($"{module}.{name}", Refuses("pickle-refused", path).Message);
        }
        var stacked = new PickleAssembler(4).Text("os").Text("system").Op(0x93).Op('(').Text($"touch {proof}").Op('t').Op('R').Op('.').ZipTo(Here("stacked"));
        Assert.Contains("os.system", Refuses("pickle-refused", stacked).Message);
        var instance = new PickleAssembler().Op('(').Text($"touch {proof}").Op('i').Raw("os\nsystem\n").Op('.').ZipTo(Here("instance"));
        Assert.Contains("0x69", Refuses("pickle-refused", instance).Message);
        var naked = Here("naked.pkl");
        File.WriteAllBytes(naked, new PickleAssembler().Global("os", "system").Op('(').Text($"touch {proof}").Op('t').Op('R').Op('.').Bytes);
        Refuses("pickle-refused", naked);
        Assert.False(File.Exists(proof));
    }

    [Fact]
    public void What_is_written_once_is_not_copied_for_ever()
    {
        var pairs = new PickleAssembler().Global("collections", "OrderedDict").Op((byte)'q', 1).Op('0').Op(']').Op((byte)'q', 0).Op('(');
        for (var i = 0; i < 1000; i++)
            pairs.Int(i).Int(i).Op(0x86);
        pairs.Op('e');
        for (var i = 0; i < 6000; i++)
            pairs.Op((byte)'h', 1).Op((byte)'h', 0).Op(0x85).Op('R');
        Assert.Contains("operations", Refuses("pickle-refused", pairs.Op('.').ZipTo(Here("copies"), ("0", Bytes(1f)))).Message);
        // No tensor has so many axes; a shape is copied wherever it is named.
        long[] axes = [.. Enumerable.Repeat(1L, 17)];
        Refuses("pt-unreadable", new PickleAssembler().Tensor("FloatStorage", "0", 1, axes, axes).Op('.').ZipTo(Here("axes"), ("0", Bytes(1f))));
    }

    [Fact]
    public void Bombs_are_refused_before_they_take_memory()
    {
        // A tensor far larger than its storage, by strides of nothing.
        Refuses("pt-unreadable", new PickleAssembler().Tensor("FloatStorage", "0", 1, [1 << 30, 1 << 30], [0, 0]).Op('.').ZipTo(Here("strides"), ("0", Bytes(1f))));
        Refuses("pt-unreadable", new PickleAssembler().Tensor("FloatStorage", "0", 1, [long.MaxValue, long.MaxValue], [0, 0]).Op('.').ZipTo(Here("overflow"), ("0", Bytes(1f))));
        // A storage that is said to be huge.
        Refuses("pt-too-big", new PickleAssembler().Tensor("FloatStorage", "0", 1L << 40, [1L << 40]).Op('.').ZipTo(Here("huge"), ("0", Bytes(1f))));
        Refuses("pt-too-big", new PickleAssembler().Tensor("FloatStorage", "0", 1L << 40, [1]).Op('.').ZipTo(Here("hidden"), ("0", Bytes(1f))));
        // Views that reach outside, and storages shorter than said.
        Refuses("pt-unreadable", new PickleAssembler().Tensor("FloatStorage", "0", 4, [2], offset: 3).Op('.').ZipTo(Here("beyond"), ("0", Bytes(1f, 2, 3, 4))));
        Refuses("pt-unreadable", new PickleAssembler().Tensor("FloatStorage", "0", 4, [4]).Op('.').ZipTo(Here("short"), ("0", Bytes(1f))));
        // Lists that hold each other twice over, 2^40 leaves; and a list that holds itself.
        var laughs = new PickleAssembler().Op(']').Op((byte)'q', 0);
        for (byte level = 1; level <= 40; level++)
            laughs.Op(']').Op((byte)'q', level).Op('(').Op((byte)'h', (byte)(level - 1)).Op((byte)'h', (byte)(level - 1)).Op('e');
        Refuses("pt-too-big", laughs.Op('.').ZipTo(Here("laughs")));
        Refuses("pt-too-big", new PickleAssembler().Op(']').Op((byte)'q', 0).Op((byte)'h', 0).Op('a').Op('.').ZipTo(Here("self")));
        // A text longer than the file.
        Refuses("pt-unreadable", new PickleAssembler().Op((byte)'X', 0xff, 0xff, 0xff, 0xff).Op('.').ZipTo(Here("text")));
    }

    [DataFact]
    public void Cut_and_damaged_files_are_a_sentence_never_a_crash()
    {
        var whole = File.ReadAllBytes(TestData.Of("weights/dsmil_c16_aggregator.pth"));
        var path = Here("cut.pth");
        foreach (var length in new[] { 0, 1, 4, 100, 1000, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Refuses("pt-unreadable", path);
        }
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var damaged = (byte[])whole.Clone();
            for (var hit = 0; hit < 5; hit++)
                damaged[random.Next(64, 1300)] = (byte)random.Next(256); // the pickle lies there
            File.WriteAllBytes(path, damaged);
            try
            {
                PtFile.Read(path, 1 << 24);
            }
            catch (InputException)
            {
                // A typed refusal; anything else fails the test.
            }
        }
        Refuses("pt-missing", Here("none.pt"));
        File.WriteAllText(path, "hello");
        Refuses("pt-unreadable", path);
    }

    [Fact]
    public void A_name_that_every_tensor_would_repeat_is_refused()
    {
        var path = new PickleAssembler().Op('}').Text(new string('k', 2000)).Tensor("FloatStorage", "0", 1, [1]).Op('s').Op('.').ZipTo(Here("name.pt"), ("0", Bytes(1f)));
        Refuses("pt-too-big", path);
    }
}
