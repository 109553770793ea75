using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

/// <summary><c>mhim predict --features</c> into a folder that holds results of an earlier call.</summary>
public sealed class PredictAgainTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-again-").FullName;
    readonly Random random = new(3);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    void WriteFeatures(string name, int label, string encoder = "test", bool empty = false) => TridentFile.WriteFeatures(Path.Combine(folder, "features", name + ".h5"),
        new FeatureBag(name, encoder, 4, empty ? [] : [.. Enumerable.Range(0, 20).Select(_ => random.NextSingle() + 3 * label)], empty ? [] : [.. Enumerable.Range(0, 5).Select(i => new TileCoord(512 * i, 0))],
            new TileGeometry(256, 512, 0, 0.5, 0.25, 9000, 9000)));

    Task<Mhim.Run> PredictAsync() => Mhim.InAsync(folder, "predict", "--features", "features", "--model", "run", "--out", "result");

    bool Has(string result) => File.Exists(Path.Combine(folder, "result", result));

    [Fact]
    public async Task What_is_not_predicted_now_is_not_there_from_an_earlier_call()
    {
        for (var slide = 0; slide < 12; slide++)
            WriteFeatures($"x{slide}", slide % 2);
        File.WriteAllLines(Path.Combine(folder, "labels.csv"), ["slide_id,label", .. Enumerable.Range(0, 12).Select(slide => $"x{slide},{slide % 2}")]);
        var trained = await Mhim.InAsync(folder, "train", "--features", "features", "--labels", "labels.csv", "--preset", "plain", "--folds", "2", "--epochs", "1", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Equal(0, (await PredictAsync()).ExitCode);
        Assert.True(Has("x0.instances.csv") && Has("x0.tiles.geojson"));

        WriteFeatures("x0", 0, empty: true);
        Assert.Equal(3, (await PredictAsync()).ExitCode);
        Assert.False(Has("x0.instances.csv") || Has("x0.tiles.geojson"));
        Assert.True(Has("x1.instances.csv") && Has("x1.tiles.geojson") && Has("predictions.csv"));

        for (var slide = 0; slide < 12; slide++)
            WriteFeatures($"x{slide}", slide % 2, encoder: "other");
        Assert.Equal(2, (await PredictAsync()).ExitCode);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "result")));
    }
}
