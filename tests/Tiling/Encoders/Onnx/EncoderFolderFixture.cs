using System.Text.Json.Nodes;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Encoders.Onnx;

namespace Mhim.Tiling.Tests.Encoders.Onnx;

/// <summary>A folder of its own for a test's models and encoders.</summary>
public abstract class EncoderFolderFixture : IDisposable
{
    protected string Root { get; } = Directory.CreateTempSubdirectory("mhim-encoders-").FullName;

    protected EncoderOptions Options => new(Path.Combine(Root, "encoders"), "cpu");

    public void Dispose()
    {
        Directory.Delete(Root, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes a model and a card for it; <paramref name="changes"/> replaces keys (null takes one away).</summary>
    internal string Card(TinyOnnx model, int dim, params (string Key, JsonNode? Value)[] changes)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "export")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "tiny.onnx"), model.ToBytes());
        var card = new JsonObject
        {
            ["id"] = "tiny", ["file"] = "tiny.onnx", ["inputPx"] = 32, ["mpp"] = 0.5, ["mean"] = new JsonArray(0.5, 0.4, 0.3), ["std"] = new JsonArray(0.2, 0.25, 0.5), ["dim"] = dim,
        };
        foreach (var (key, value) in changes)
            if (value is null)
                card.Remove(key);
            else
                card[key] = value;
        var path = Path.Combine(folder, "card.json");
        File.WriteAllText(path, card.ToJsonString());
        return path;
    }

    internal (EncoderCard Card, EncoderCheckResult Check) Add(TinyOnnx model, int dim, params (string Key, JsonNode? Value)[] changes) =>
        EncoderAdd.Run(Card(model, dim, changes), Options);

    /// <summary>Tiles of coloured noise.</summary>
    protected static byte[] Tiles(int count, int side, int seed = 3)
    {
        var tiles = new byte[count * side * side * 3];
        new Random(seed).NextBytes(tiles);
        return tiles;
    }
}
