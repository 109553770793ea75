using System.Text.Json.Nodes;
using Mhim.Tiling.Encoders;

namespace Mhim.Tiling.Tests.Encoders.Onnx;

public sealed class OnnxEncoderTests : EncoderFolderFixture
{
    [Theory]
    [InlineData("rgb", "nchw")]
    [InlineData("bgr", "nchw")]
    [InlineData("rgb", "nhwc")]
    public void Colours_are_normalised_as_the_card_says(string channels, string layout)
    {
        var model = layout == "nchw" ? TinyOnnx.MeanColour()
            : new TinyOnnx().Input("image", TinyOnnx.Float, "N", 32, 32, 3).Output("features", TinyOnnx.Float, "N", 3)
                .Node("ReduceMean", ["image"], "features", TinyOnnx.Ints("axes", 1, 2), TinyOnnx.Int("keepdims", 0));
        Add(model, 3, ("channels", channels), ("layout", layout));
        using var encoder = EncoderCatalog.Open("tiny", Options);
        var tile = new byte[32 * 32 * 3];
        for (var i = 0; i < tile.Length; i += 3)
            (tile[i], tile[i + 1], tile[i + 2]) = (200, 100, 50);
        var vector = new float[3];
        encoder.Encode(tile, 1, vector);
        float[] expected = [(200 / 255f - 0.5f) / 0.2f, (100 / 255f - 0.4f) / 0.25f, (50 / 255f - 0.3f) / 0.5f];
        if (channels == "bgr")
            Array.Reverse(expected);
        for (var c = 0; c < 3; c++)
            Assert.Equal(expected[c], vector[c], 1e-4);
    }

    [Fact]
    public void Class_token_mean_and_both_are_of_the_same_tokens()
    {
        var tiles = Tiles(2, 32);
        float[] Encoded(string pooling, int dim, TinyOnnx model, int prefix = 1)
        {
            EncoderAddReplacing(Card(model, dim, ("pooling", pooling), ("prefixTokens", prefix)));
            using var encoder = EncoderCatalog.Open("tiny", Options);
            Assert.Equal(dim, encoder.Info.Dim);
            var vectors = new float[2 * dim];
            encoder.Encode(tiles, 2, vectors);
            return vectors;
        }

        var (cls, mean, both) = (Encoded("cls", 6, TinyOnnx.Tokens(6)), Encoded("mean", 6, TinyOnnx.Tokens(6), 5), Encoded("cls-mean", 12, TinyOnnx.Tokens(6), 5));
        for (var t = 0; t < 2; t++)
        {
            Assert.Equal([.. cls[(t * 6)..(t * 6 + 6)], .. mean[(t * 6)..(t * 6 + 6)]], both[(t * 12)..(t * 12 + 12)]);
            Assert.NotEqual(cls[(t * 6)..(t * 6 + 6)], mean[(t * 6)..(t * 6 + 6)]);
        }
        // Without prefix tokens the mean of the tokens is the mean of the map, and what the model averages itself.
        var (ofTokens, ofMap, own) = (Encoded("mean", 6, TinyOnnx.Tokens(6), 0), Encoded("mean", 6, TinyOnnx.Map(6)), Encoded("none", 6, TinyOnnx.Convolution(6)));
        for (var i = 0; i < own.Length; i++)
        {
            Assert.Equal(own[i], ofTokens[i], 1e-5);
            Assert.Equal(own[i], ofMap[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(4)]
    public void Order_company_and_padding_never_change_a_vector(int? fixedBatch)
    {
        if (fixedBatch is null)
            Add(TinyOnnx.Convolution(24), 24);
        else
            Add(TinyOnnx.MeanColour(fixedBatch), 3);
        using var encoder = EncoderCatalog.Open("tiny", Options);
        int dim = encoder.Info.Dim, bytes = 32 * 32 * 3;
        var tiles = Tiles(11, 32);
        var together = new float[11 * dim];
        encoder.Encode(tiles, 11, together);
        foreach (var size in (int[])[1, 2, 3, 7])
            for (var first = 0; first + size <= 11; first++)
            {
                var part = new float[size * dim];
                encoder.Encode(tiles.AsSpan(first * bytes, size * bytes), size, part);
                for (var i = 0; i < part.Length; i++)
                    Assert.Equal(together[first * dim + i], part[i], 1e-5);
            }
        var none = Array.Empty<float>();
        encoder.Encode([], 0, none);
    }

    [Fact]
    public void Several_threads_get_the_same_to_the_bit()
    {
        Add(TinyOnnx.Convolution(16), 16);
        using var encoder = EncoderCatalog.Open("tiny", Options);
        var tiles = Tiles(8, 32);
        var expected = new float[8 * 16];
        encoder.Encode(tiles, 8, expected);
        Parallel.For(0, 40, _ =>
        {
            var vectors = new float[8 * 16];
            encoder.Encode(tiles, 8, vectors);
            Assert.Equal(expected, vectors);
        });
    }

    [Fact]
    public void Tiles_of_another_side_are_resized()
    {
        Add(TinyOnnx.MeanColour(), 3, ("tilePx", 48));
        using var encoder = EncoderCatalog.Open("tiny", Options);
        Assert.Equal((48, 0.5), (encoder.Info.InputSize, encoder.Info.Mpp));
        var tiles = Tiles(1, 48);
        var vector = new float[3];
        encoder.Encode(tiles, 1, vector);
        for (var c = 0; c < 3; c++)
        {
            var mean = Enumerable.Range(0, 48 * 48).Average(i => tiles[i * 3 + c]) / 255;
            Assert.Equal((mean - new[] { 0.5, 0.4, 0.3 }[c]) / new[] { 0.2, 0.25, 0.5 }[c], vector[c], 0.05);
        }
    }

    [Fact]
    public void A_model_of_half_floats_is_fed_and_read_as_such()
    {
        Add(TinyOnnx.MeanColour(type: TinyOnnx.Float16), 3);
        using var encoder = EncoderCatalog.Open("tiny", Options);
        var vector = new float[3];
        encoder.Encode(new byte[32 * 32 * 3], 1, vector);
        Assert.Equal(-0.5 / 0.2, vector[0], 2e-3);
        Assert.Equal(-0.4 / 0.25, vector[1], 2e-3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_in_a_second_file_come_along(bool link)
    {
        var card = Card(TinyOnnx.Convolution(8), 8, ("data", "tiny.onnx.data"));
        var folder = Path.GetDirectoryName(card)!;
        var (model, data) = TinyOnnx.Convolution(8).ToBytesWithData("tiny.onnx.data");
        File.WriteAllBytes(Path.Combine(folder, "tiny.onnx"), model);
        File.WriteAllBytes(Path.Combine(folder, "tiny.onnx.data"), data);
        Tiling.Encoders.Onnx.EncoderAdd.Run(card, Options, link);
        var vectors = new float[2][];
        var tiles = Tiles(1, 32);
        foreach (var (i, change) in (ValueTuple<int, (string, JsonNode?)[]>[])[(0, []), (1, [("id", "whole")])])
        {
            if (i == 1)
                Add(TinyOnnx.Convolution(8), 8, change);
            using var encoder = EncoderCatalog.Open(i == 0 ? "tiny" : "whole", Options);
            encoder.Encode(tiles, 1, vectors[i] = new float[8]);
        }
        Assert.Equal(vectors[1], vectors[0]);
    }

    void EncoderAddReplacing(string card) => Tiling.Encoders.Onnx.EncoderAdd.Run(card, Options, replace: true);
}
