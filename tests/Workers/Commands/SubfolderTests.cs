using System.Text;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

/// <summary>Features of slides that share a name, in folders as <c>mhim extract</c> writes them.</summary>
public sealed class SubfolderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-subfolders-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Slides_of_one_name_train_and_predict_under_their_own_ids()
    {
        var (random, table) = (new Random(3), new StringBuilder("case_id,slide_id,label\n"));
        var geometry = new TileGeometry(256, 512, 0, 0.5, 0.25, 9000, 9000);
        foreach (var (site, label) in ((string, int)[])[("a", 0), ("b", 1)])
            for (var slide = 0; slide < 6; slide++)
            {
                TridentFile.WriteFeatures(Path.Combine(folder, "features", site, $"x{slide}.h5"), new FeatureBag($"{site}/x{slide}", "test", 4,
                    [.. Enumerable.Range(0, 20).Select(_ => random.NextSingle() + 3 * label)], [.. Enumerable.Range(0, 5).Select(i => new TileCoord(512 * i, 0))], geometry));
                table.Append($"{site}{slide},{site}/x{slide}.svs,{label}\n");
            }
        File.WriteAllText(Path.Combine(folder, "labels.csv"), table.ToString());
        Directory.CreateDirectory(Path.Combine(folder, "features", "patches"));
        File.WriteAllText(Path.Combine(folder, "features", "patches", "x0_patches.h5"), "no features");

        var trained = await Mhim.InAsync(folder, "train", "--features", "features", "--labels", "labels.csv", "--preset", "plain", "--folds", "2", "--epochs", "2", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("12 slides of 12 patients", trained.Error + trained.Output);
        var predicted = await Mhim.InAsync(folder, "predict", "--features", "features", "--model", "run", "--out", "result");
        Assert.True(predicted.ExitCode == 0, predicted.Error);
        var slides = File.ReadAllLines(Path.Combine(folder, "result", "predictions.csv")).Skip(1).Select(line => line.Split(',')[0]);
        Assert.Equal(["a", "b"], slides.Select(id => id.Split('/')[0]).Distinct());
        Assert.Equal(12, slides.Distinct().Count());
        Assert.True(File.Exists(Path.Combine(folder, "result", "a", "x0.instances.csv")) && File.Exists(Path.Combine(folder, "result", "b", "x0.tiles.geojson")));
    }
}
