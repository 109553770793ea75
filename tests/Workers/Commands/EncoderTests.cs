using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Tests.Encoders.Onnx;

namespace Mhim.Workers.Tests.Commands;

public sealed class EncoderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-encoder-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    async Task<Mhim.Run> Ok(params string[] line)
    {
        var run = await Mhim.InAsync(folder, line);
        Assert.True(run.ExitCode == 0, run.Error);
        return run;
    }

    void WriteExport(int dim = 12)
    {
        var export = Directory.CreateDirectory(Path.Combine(folder, "export")).FullName;
        File.WriteAllBytes(Path.Combine(export, "tiny.onnx"), TinyOnnx.Convolution(dim, 64).ToBytes());
        File.WriteAllText(Path.Combine(export, "tiny.json"), $$"""
            { "id": "tiny-conv", "file": "tiny.onnx", "inputPx": 64, "tilePx": 128, "mpp": 1.0, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
              "dim": {{dim}}, "licence": "none, made by a test" }
            """);
    }

    [SlideFact]
    public async Task An_added_encoder_goes_the_whole_way()
    {
        WriteExport();
        var added = await Ok("encoder", "add", "export/tiny.json");
        Assert.Contains("use it with --encoder tiny-conv", added.Output);
        Assert.Contains("tiny-conv", (await Ok("encoder", "list")).Output);
        Assert.Contains("12 a tile", (await Ok("encoder", "check", "tiny-conv")).Output);

        // Tile size and resolution come from the card; half floats come back as they were stored.
        var slide = TestData.Slide("CMU-1-Small-Region.svs");
        await Ok("extract", slide, "--encoder", "tiny-conv", "--out", "whole");
        await Ok("extract", slide, "--encoder", "tiny-conv", "--float16", "--out", "half");
        var path = Path.Combine(folder, "whole", "CMU-1-Small-Region.h5");
        var (whole, half) = (TridentFile.ReadFeatures(path), TridentFile.ReadFeatures(Path.Combine(folder, "half", "CMU-1-Small-Region.h5")));
        Assert.Equal(("tiny-conv", 12, 128, 1.0), (whole.EncoderId, whole.Dim, whole.Geometry!.TileSize, whole.Geometry.Mpp));
        Assert.Equal(whole.Features.Select(f => (float)(Half)f), half.Features);
        Assert.Equal(64, TridentFile.ReadProvenance(path, "encoder_sha256")!.Length);
        Assert.Equal("tiny-conv", (string)JsonNode.Parse(TridentFile.ReadProvenance(path, "encoder_card")!)!["id"]!);

        WriteCohort(whole);
        await Ok("train", "--features", "features", "--labels", "labels.csv", "--preset", "small", "--folds", "2", "--epochs", "2", "--out", "run");
        var predicted = await Ok("predict", "--slide", slide, "--model", "run", "--out", "result");
        Assert.Contains($"{whole.Count} tiles", predicted.Output);
        Assert.Equal(whole.Features, TridentFile.ReadFeatures(Path.Combine(folder, "result", "features.h5")).Features);

        // Features of two encoders are no cohort, and a model's encoder must be there.
        await Ok("extract", slide, "--out", "other");
        File.Copy(Path.Combine(folder, "other", "CMU-1-Small-Region.h5"), Path.Combine(folder, "features", "s3.h5"), overwrite: true);
        var mixed = await Mhim.InAsync(folder, "train", "--features", "features", "--labels", "labels.csv", "--preset", "small", "--folds", "2", "--epochs", "2", "--out", "mixed");
        Assert.Equal(2, mixed.ExitCode);
        Assert.Contains("stain-texture", mixed.Error);
        Directory.Delete(Path.Combine(folder, "encoders"), recursive: true);
        var gone = await Mhim.InAsync(folder, "predict", "--slide", slide, "--model", "run", "--out", "result2");
        Assert.Equal(2, gone.ExitCode);
        Assert.Contains("There is no encoder 'tiny-conv'", gone.Error);
    }

    void WriteCohort(FeatureBag real)
    {
        var (random, table) = (new Random(4), new StringBuilder("case_id,slide_id,label\n"));
        for (var patient = 0; patient < 16; patient++)
        {
            var values = real.Features[..(10 * real.Dim)];
            for (var i = 0; i < values.Length; i++)
                values[i] += 0.1f * random.NextSingle() + patient % 2;
            TridentFile.WriteFeatures(Path.Combine(folder, "features", $"s{patient}.h5"),
                new FeatureBag($"s{patient}", real.EncoderId, real.Dim, values, real.Coords[..10], real.Geometry));
            table.Append(CultureInfo.InvariantCulture, $"p{patient},s{patient},{(patient % 2 == 0 ? "even" : "odd")}\n");
        }
        File.WriteAllText(Path.Combine(folder, "labels.csv"), table.ToString());
    }

    [Fact]
    public async Task What_cannot_be_used_is_said_and_kept_out()
    {
        WriteExport();
        File.WriteAllText(Path.Combine(folder, "export", "wrong.json"), File.ReadAllText(Path.Combine(folder, "export", "tiny.json")).Replace("\"dim\": 12", "\"dim\": 1024"));
        var wrong = await Mhim.InAsync(folder, "encoder", "add", "export/wrong.json");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("gives 12 numbers a tile", Assert.Single(wrong.ErrorLines));
        Assert.Contains("stain-texture", (await Ok("encoder", "list")).Output);

        await Ok("encoder", "add", "export/tiny.json");
        File.AppendAllText(Path.Combine(folder, "encoders", "tiny-conv", "card.json"), "}");
        var listed = await Mhim.InAsync(folder, "encoder", "list", "--json");
        Assert.Equal(0, listed.ExitCode);
        Assert.Contains("cannot be read as an encoder card", (string)JsonNode.Parse(listed.Output)![1]!["problem"]!);
        Assert.Equal(2, (await Mhim.InAsync(folder, "encoder", "list")).ExitCode);
    }
}
