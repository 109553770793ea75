using System.Text.Json;
using Mhim.EndToEnd.Tests;
using Mhim.Features;
using Mhim.Tiling.Synthetic;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Commands;

/// <summary><c>mhim predict --slide</c> into a folder that others use or have used.</summary>
public sealed class PredictSlideTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-predict-").FullName;

    public PredictSlideTests()
    {
        foreach (var (name, seed) in ((string, ulong)[])[("a", 1), ("b", 2)])
            new SyntheticSlide(name, "c", SyntheticCohort.Normal, SyntheticScanner.Alpha, 1300, 1100, seed).Write(In(name + ".tif"), In("truth.png"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string In(string path) => Path.Combine(folder, path);

    Task<Mhim.Run> PredictAsync(string slide, params string[] more) =>
        Mhim.InAsync(folder, ["predict", "--slide", slide, "--model", TinyModel.Folder, "--out", "result", .. more]);

    string[] Result() => !Directory.Exists(In("result")) ? [] :
        [.. Directory.EnumerateFiles(In("result"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(In("result"), file)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_slide_that_fails_does_not_stand_there_with_the_result_of_another()
    {
        var first = await PredictAsync("a.tif");
        Assert.True(first.ExitCode == 0, first.Error);
        var made = Result();
        Assert.Superset(new HashSet<string> { "prediction.json", "heatmap.png", "tiles.geojson", "tiles.h5", "tiles.tissue.geojson", "features.h5", "top-tiles/1.png" }, made.ToHashSet());

        // The same slide again goes on from what is there.
        var features = File.GetLastWriteTimeUtc(In("result/features.h5"));
        Assert.Equal(0, (await PredictAsync("a.tif")).ExitCode);
        Assert.Equal((features, made.Length), (File.GetLastWriteTimeUtc(In("result/features.h5")), Result().Length));

        // Another is refused before anything is removed where it cannot even be opened.
        Assert.Equal(2, (await PredictAsync("missing.tif")).ExitCode);
        Assert.Equal(made, Result());

        var other = await PredictAsync("b.tif", "--saturation", "254");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("held a prediction of slide `a`, which is removed", other.Error);
        Assert.Empty(Result());

        Assert.Equal(0, (await PredictAsync("b.tif")).ExitCode);
        Assert.Equal("b", (string?)JsonDocument.Parse(File.ReadAllText(In("result/prediction.json"))).RootElement.GetProperty("slide").GetString());
    }

    [Fact]
    public async Task A_folder_into_which_another_process_predicts_is_refused()
    {
        Assert.Equal(0, (await PredictAsync("a.tif")).ExitCode);
        var made = Result();
        File.WriteAllText(In("result/predict.lock"), JsonSerializer.Serialize(new { Host = "another", Pid = 1, Started = DateTime.UtcNow }));
        foreach (var busy in (Mhim.Run[])
            [await PredictAsync("b.tif"), await Mhim.InAsync(folder, "predict", "--features", "result/features.h5", "--model", TinyModel.Folder, "--out", "result")])
        {
            Assert.Equal(2, busy.ExitCode);
            Assert.Contains("Process 1 on another is predicting into `result`", busy.ErrorLines[^1]);
        }
        File.Delete(In("result/predict.lock"));
        Assert.Equal(made, Result());
    }

    [Fact]
    public void Features_of_another_slide_are_not_painted_over_this_one()
    {
        var (a, b) = (SlideSource.FromFile(In("a.tif"), null), SlideSource.FromFile(In("b.tif"), null));
        ExtractStep.Run(b, new FeatureSettings(), In("tiles.h5"), In("features.h5"), null, default);
        PredictionSummary Predict(SlideSource slide) => PredictStep.Run(slide, In("features.h5"), TinyModel.Folder, In("result"), "cpu", null, default);
        Assert.Equal("features-of-another-slide", Assert.Throws<InputException>(() => Predict(a)).Code);
        Assert.Empty(Result());
        Assert.Equal("b", Predict(b).Slide);
    }
}
