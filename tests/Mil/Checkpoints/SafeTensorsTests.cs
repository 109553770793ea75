using System.Text;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Checkpoints;

public sealed class SafeTensorsTests : IDisposable
{
    readonly string _file = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}.safetensors");

    [Fact]
    public void What_is_written_is_read_again()
    {
        using var scope = NewDisposeScope();
        var written = new Dictionary<string, Tensor>
        {
            ["b"] = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]).T,     // not contiguous
            ["a"] = tensor(new long[] { 7, -8 }),
            ["half"] = tensor(new float[] { 0.5f, -2 }).to(ScalarType.BFloat16),
            ["none"] = zeros(0, 4),
        };
        SafeTensors.Write(_file, written, new Dictionary<string, string> { ["format"] = "pt" });
        var (read, metadata) = SafeTensors.Read(_file);
        Assert.Equal("pt", metadata["format"]);
        Assert.Equal([3, 2], read["b"].shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], read["b"].data<float>());
        Assert.Equal([7L, -8], read["a"].data<long>());
        Assert.Equal([0.5f, -2], read["half"].to(ScalarType.Float32).data<float>());
        Assert.Equal([0, 4], read["none"].shape);
    }

    public static TheoryData<string, byte[]> Broken() => new()
    {
        { "empty", [] },
        { "short", [1, 2, 3] },
        { "header beyond the end", [255, 0, 0, 0, 0, 0, 0, 0, 1] },
        { "no JSON", [4, 0, 0, 0, 0, 0, 0, 0, .. "abcd"u8] },
        { "outside the file", Header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}") },
        { "bytes and shape disagree", [.. Header("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}"), 0, 0, 0, 0, 0, 0, 0, 0] },
        { "overlap", [.. Header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"), 0, 0, 0, 0, 0, 0, 0, 0] },
        { "unknown type", Header("{\"a\":{\"dtype\":\"F31\",\"shape\":[0],\"data_offsets\":[0,0]}}") },
        { "overflowing shape", Header("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,0]}}") },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_file_is_one_sentence(string what, byte[] bytes)
    {
        File.WriteAllBytes(_file, bytes);
        var error = Assert.Throws<InputException>(() => SafeTensors.Read(_file));
        Assert.Equal("weights-unreadable", error.Code);
        Assert.False(string.IsNullOrEmpty(what));
    }

    static byte[] Header(string json) => [.. BitConverter.GetBytes((long)json.Length), .. Encoding.ASCII.GetBytes(json)];

    public void Dispose() => File.Delete(_file);
}
