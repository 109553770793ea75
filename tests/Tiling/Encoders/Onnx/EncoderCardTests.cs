using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Encoders.Onnx;

namespace Mhim.Tiling.Tests.Encoders.Onnx;

public sealed class EncoderCardTests : EncoderFolderFixture
{
    public static TheoryData<string, string, string> Unfit => new()
    {
        // key, value, what the sentence must say
        { "input", "\"pixel_values\"", "has no input 'pixel_values' but 'image'" },
        { "output", "\"embedding\"", "has no output 'embedding' but 'features'" },
        { "inputPx", "48", "takes pictures of 32×32 pixels, the card says 48; write \"inputPx\": 32" },
        { "layout", "\"nhwc\"", "colours first; write \"layout\": \"nchw\"" },
        { "dim", "1024", "gives 8 numbers a tile with pooling \"none\", the card says 1024" },
        { "pooling", "\"cls\"", "which pooling \"cls\" cannot make one vector a tile of; use \"none\"" },
        { "file", "\"other.onnx\"", "names 'other.onnx', which does not lie beside it" },
        { "file", "\"../tiny.onnx\"", "name the ONNX file beside the card" },
        { "sha256", "\"0000000000000000000000000000000000000000000000000000000000000000\"", "its card says 000000000000…" },
        { "id", "\"My Model\"", "write 1 to 64 lower-case letters" },
        { "id", "\"stain-texture\"", "which is built in" },
        { "id", "\"../x\"", "lower-case" },
        { "mean", "[0.5]", "\"mean\" must be three numbers" },
        { "std", "[0.2, 0, 0.2]", "\"std\" must be three numbers above 0" },
        { "mpp", "0", "\"mpp\" is 0" },
        { "poolng", "\"cls\"", "poolng" },
        { "pooling", "\"max\"", "$.pooling" },
        { "dim", "\"many\"", "$.dim" },
        { "reference", "[9, 9, 9, 9, 9, 9, 9, 9]", "gives other numbers for the test picture" },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void A_card_that_does_not_fit_is_one_sentence_and_nothing_is_added(string key, string value, string said)
    {
        var error = Assert.Throws<InputException>(() => Add(TinyOnnx.Convolution(8), 8, (key, JsonNode.Parse(value))));
        Assert.Contains(said, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(EncoderFolder.List(Options));
        if (Directory.Exists(Options.Folder))
            Assert.Empty(Directory.EnumerateFileSystemEntries(Options.Folder));
    }

    [Fact]
    public void Models_of_other_forms_are_named()
    {
        void Refused(TinyOnnx model, string said, params (string, JsonNode?)[] changes) =>
            Assert.Contains(said, Assert.Throws<InputException>(() => Add(model, 3, changes)).Message);

        Refused(new TinyOnnx().Input("image", TinyOnnx.Float, "N", 32, 32, 3).Output("features", TinyOnnx.Float, "N", 3)
            .Node("ReduceMean", ["image"], "features", TinyOnnx.Ints("axes", 1, 2), TinyOnnx.Int("keepdims", 0)), "colours last; write \"layout\": \"nhwc\"");
        Refused(TinyOnnx.MeanColour().Input("image", TinyOnnx.Float, "N", 1, 32, 32), "no three colours");
        Refused(TinyOnnx.MeanColour().Input("image", TinyOnnx.Float, "N", 3, "rows"), "[tiles, 3, height, width] is wanted");
        Refused(TinyOnnx.BatchBound(), "depends on the tiles beside it in the batch");
        Refused(TinyOnnx.Tokens(3), "use \"cls\", \"mean\" or \"cls-mean\"");
        Refused(TinyOnnx.MeanColour(), "which does not lie beside it", ("data", "tiny.onnx.data"));
        // Shapes that the model keeps open are seen when it runs.
        Refused(TinyOnnx.MeanColour().Output("features", TinyOnnx.Float, "N", "D"), "gives 3 numbers a tile with pooling \"none\", the card says 5", ("dim", 5));
        File.WriteAllText(Path.Combine(Root, "export", "tiny.onnx"), "no model");
        Assert.Contains("cannot be loaded as an ONNX model", Assert.Throws<InputException>(() => EncoderAdd.Run(Path.Combine(Root, "export", "card.json"), Options)).Message);
    }

    [Fact]
    public void A_black_and_white_answer_is_no_encoder()
    {
        var constant = new TinyOnnx().Input("image", TinyOnnx.Float, "N", 3, 32, 32).Output("features", TinyOnnx.Float, "N", 3)
            .Node("GlobalAveragePool", ["image"], "mean").Node("Flatten", ["mean"], "flat").Node("Sub", ["flat", "flat"], "features");
        Assert.Contains("every tile the same vector", Assert.Throws<InputException>(() => Add(constant, 3)).Message);
    }

    [Fact]
    public void A_reference_tells_which_mix_up_it_was()
    {
        var (_, check) = Add(TinyOnnx.Convolution(8), 8);
        var reference = new JsonArray([.. check.First.Select(f => (JsonNode)f)]);
        var (_, again) = Add(TinyOnnx.Convolution(8), 8, ("id", "again"), ("reference", reference.DeepClone()));
        Assert.InRange(again.ReferenceDifference!.Value, 0, 1e-6);
        foreach (var (key, value, said) in (ValueTuple<string, JsonNode, string>[])
                 [("channels", "bgr", "they fit with \"channels\": \"rgb\""), ("mean", new JsonArray(0.1, 0.1, 0.1), "look at mean, std, channels")])
            Assert.Contains(said, Assert.Throws<InputException>(() => Add(TinyOnnx.Convolution(8), 8, ("id", "third"), ("reference", reference.DeepClone()), (key, value))).Message);
    }

    [Fact]
    public void What_is_added_is_listed_with_its_hash_and_can_be_added_again_but_not_replaced_unasked()
    {
        var (card, _) = Add(TinyOnnx.Convolution(8), 8, ("licence", "MIT"), ("source", "https://example.org"));
        Assert.Equal(64, card.Sha256!.Length);
        Assert.Equal(["stain-texture", "tiny"], EncoderCatalog.Ids(Options));
        Assert.Equal(("tiny", 32, 0.5, 8), (EncoderCatalog.Info("tiny", Options) is var info ? info.Id : "", info.InputSize, info.Mpp, info.Dim));
        Assert.Equal(card.Sha256, info.Provenance["encoder_sha256"]);
        Add(TinyOnnx.Convolution(8), 8, ("licence", "MIT"), ("source", "https://example.org"));
        Assert.Equal("encoder-exists", Assert.Throws<InputException>(() => Add(TinyOnnx.Convolution(9), 9)).Code);

        var other = EncoderAdd.Run(Card(TinyOnnx.Convolution(9), 9), Options, replace: true).Card;
        Assert.NotEqual(card.Sha256, other.Sha256);
        Assert.Equal(9, EncoderCatalog.Info("tiny", Options).Dim);
        Assert.NotEqual(EncoderCatalog.Fingerprint("tiny", Options), card.ToLine());
        Assert.Equal(["tiny"], Directory.EnumerateFileSystemEntries(Options.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_link_is_followed_and_a_model_that_changed_is_refused()
    {
        var source = Card(TinyOnnx.Convolution(8), 8);
        EncoderAdd.Run(source, Options, link: true);
        EncoderCatalog.Open("tiny", Options).Dispose();
        File.AppendAllText(Path.Combine(Path.GetDirectoryName(source)!, "tiny.onnx"), "x");
        Assert.Equal("encoder-hash", Assert.Throws<InputException>(() => EncoderCatalog.Open("tiny", Options)).Code);
        File.Delete(Path.Combine(Path.GetDirectoryName(source)!, "tiny.onnx"));
        Assert.Equal("encoder-file", Assert.Throws<InputException>(() => EncoderCatalog.Open("tiny", Options)).Code);
        Assert.Contains("does not lie beside it", Assert.Single(EncoderFolder.List(Options)).Problem);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("../encoders/tiny")]
    [InlineData("..")]
    [InlineData("")]
    public void An_encoder_that_is_not_there_is_answered_with_those_that_are(string id)
    {
        Add(TinyOnnx.Convolution(8), 8);
        var error = Assert.Throws<InputException>(() => EncoderCatalog.Open(id, Options));
        Assert.Equal("encoder-unknown", error.Code);
        Assert.Contains("stain-texture, tiny", error.Message);
    }

    [Fact]
    public void A_device_that_is_not_there_is_named()
    {
        Add(TinyOnnx.Convolution(8), 8);
        Assert.Equal("device-unknown", Assert.Throws<InputException>(() => EncoderCatalog.Open("tiny", Options with { Device = "gpu" })).Code);
        EncoderCatalog.Open("tiny", Options with { Device = "auto" }).Dispose();
    }
}
