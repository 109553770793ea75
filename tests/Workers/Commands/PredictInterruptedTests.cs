using Mhim.EndToEnd.Tests;
using Mhim.Features;
using Mhim.Mil.Inference;
using Mhim.Tiling.Encoders;
using Mhim.Workers.Commands;

namespace Mhim.Workers.Tests.Commands;

/// <summary>Ctrl-C in the midst of <c>mhim predict --features</c>.</summary>
public sealed class PredictInterruptedTests : IDisposable
{
    const int Tiles = 5;

    readonly string folder = Directory.CreateTempSubdirectory("mhim-interrupted-").FullName;
    readonly Predictor predictor = Predictor.Load(TinyModel.Folder, "cpu");
    readonly int dim;

    public PredictInterruptedTests()
    {
        using var encoder = EncoderCatalog.Open(EncoderCatalog.Default);
        dim = encoder.Info.Dim;
    }

    public void Dispose()
    {
        predictor.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    int Predict(int bags, Func<string, bool> stopAt) =>
        PredictBags.Run([.. Enumerable.Range(0, bags).Select(i => new PredictBag($"s{i}", $"s{i}", [($"s{i}", $"s{i}.h5")]))], cases: false, predictor, folder,
            source => stopAt(source) ? throw new OperationCanceledException()
                : new FeatureBag(source[..^3], EncoderCatalog.Default, dim, [.. Enumerable.Range(0, Tiles * dim).Select(i => i % 7 / 7f)],
                    [.. Enumerable.Range(0, Tiles).Select(i => new TileCoord(256 * i, 0))], new TileGeometry(256, 256, 0, 0.5, 0.5, 4096, 256)));

    string[] Slides(string table) => [.. File.ReadAllLines(Path.Combine(folder, table)).Skip(1).Select(line => line.Split(',')[0])];

    string Interrupted(int bags, Func<string, bool> stopAt) => Assert.ThrowsAny<OperationCanceledException>(() => Predict(bags, stopAt)).Message;

    [Fact]
    public void Rows_so_far_are_kept_beside_the_whole_table_of_an_earlier_call()
    {
        Assert.Contains("2 of 4 slides", Interrupted(4, source => source == "s2.h5"));
        Assert.Equal(["s0", "s1"], Slides("predictions.partial.csv"));
        Assert.False(File.Exists(Path.Combine(folder, "predictions.csv")));

        Assert.Equal(0, Predict(3, _ => false));
        Assert.Equal(["s0", "s1", "s2"], Slides("predictions.csv"));
        Assert.False(File.Exists(Path.Combine(folder, "predictions.partial.csv")));

        var said = Interrupted(4, source => source == "s1.h5");
        Assert.Contains("1 of 4 slides", said);
        Assert.Contains("predictions.csv' is still that of an earlier call", said);
        Assert.Equal(["s0", "s1", "s2"], Slides("predictions.csv"));
        Assert.Equal(["s0"], Slides("predictions.partial.csv"));

        Assert.Contains("none of 4 slides", Interrupted(4, _ => true));
        Assert.Equal(["s0", "s1", "s2"], Slides("predictions.csv"));
        Assert.Empty(Directory.EnumerateFiles(folder, "predict.lock"));
    }

    [Fact]
    public void Only_commands_that_go_on_say_that_they_do()
    {
        var stopped = new OperationCanceledException();
        Assert.Equal("interrupted; what was finished is kept, and the same command goes on from there.", Interruption.Sentence(stopped, goesOn: true));
        Assert.Equal("interrupted.", Interruption.Sentence(stopped, goesOn: false));
        Assert.Equal("interrupted; half of it is there.", Interruption.Sentence(new Interruption("; half of it is there.", stopped), goesOn: true));
        Assert.Equal(["demo", "extract", "migrate", "predict", "tile", "train"],
            CommandLine.Root().Subcommands.OfType<ExampleCommand>().Where(command => command.GoesOn).Select(command => command.Name).Order());
    }
}
